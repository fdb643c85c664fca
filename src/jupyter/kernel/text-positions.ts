/** Jupyter counts a text in Unicode characters, JavaScript in UTF-16 units. */
export function toUtf16(text: string, characters: number): number {
  let at = 0;
  for (let n = 0; n < characters && at < text.length; n++) at += text.codePointAt(at)! > 0xffff ? 2 : 1;
  return at;
}

export function toCharacters(text: string, utf16: number): number {
  let characters = 0;
  for (let at = 0; at < utf16 && at < text.length; characters++) {
    at += text.codePointAt(at)! > 0xffff ? 2 : 1;
  }
  return characters;
}
