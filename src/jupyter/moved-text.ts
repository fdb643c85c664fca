/** A text put together from pieces of another one, so that a position in it can be traced back. */
export interface MovedText {
  text: string;
  /** Offset in the original text of an offset in `text`; new text belongs to the place of its edit. */
  origin(offset: number): number;
}

export interface Range {
  start: number;
  end: number;
}

export interface TextEdits {
  replace(start: number, end: number, text: string): void;
  /** What is inserted at one offset stands there in the order of the calls. */
  insert(at: number, text: string): void;
  /** The edited text: `head`, then the ranges `first` (in order, apart from each other), then the rest. */
  apply(head: string, first: Range[]): MovedText;
}

interface Piece {
  text: string;
  from: number;
  copied: boolean;
}

/** Collects edits of a text, which must not overlap. */
export function textEdits(source: string): TextEdits {
  const edits: (Range & { text: string })[] = [];
  return {
    replace: (start, end, text) => edits.push({ start, end, text }),
    insert: (at, text) => edits.push({ start: at, end: at, text }),
    apply(head, first) {
      edits.sort((a, b) => a.start - b.start);
      const pieces: Piece[] = [{ text: head, from: 0, copied: false }];
      let rest = edits;
      const copy = (start: number, end: number): void => {
        const later: typeof edits = [];
        let at = start;
        for (const edit of rest) {
          if (edit.start < at || edit.end > end) {
            later.push(edit);
            continue;
          }
          pieces.push({ text: source.slice(at, edit.start), from: at, copied: true });
          pieces.push({ text: edit.text, from: edit.start, copied: false });
          at = edit.end;
        }
        pieces.push({ text: source.slice(at, end), from: at, copied: true });
        rest = later;
      };
      for (const { start, end } of first) copy(start, end);
      let at = 0;
      for (const { start, end } of first) {
        copy(at, start);
        at = end;
      }
      copy(at, source.length);
      return { text: pieces.map(({ text }) => text).join(''), origin: originOf(pieces) };
    },
  };
}

function originOf(pieces: Piece[]): (offset: number) => number {
  return (offset) => {
    let start = 0;
    for (const { text, from, copied } of pieces) {
      if (offset < start + text.length) return copied ? from + offset - start : from;
      start += text.length;
    }
    const { text, from, copied } = pieces.at(-1)!;
    return copied ? from + text.length : from;
  };
}
