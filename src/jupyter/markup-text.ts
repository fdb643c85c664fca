const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  '#39': "'",
  nbsp: ' ',
};

/** What HTML or SVG says, for readers who are shown text only: no tags, styles or scripts; `[picture]` where nothing is left. */
export function markupText(markup: string): string {
  const text = markup
    .replaceAll(/<!--[\s\S]*?-->|<(script|style)\b[\s\S]*?<\/\1\s*>/gi, '')
    .replaceAll(/<(?:br|hr|\/p|\/div|\/tr|\/li|\/h[1-6]|\/title)\b[^>]*>/gi, '\n')
    .replaceAll(/<\/t[dh]\s*>/gi, '\t')
    .replaceAll(/<\/?[a-z!?][^>]*>/gi, '')
    .replaceAll(/&(#39|[a-z]+);/gi, (whole, name: string) => ENTITIES[name.toLowerCase()] ?? whole)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
  return text === '' ? '[picture]' : text;
}
