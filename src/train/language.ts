/**
 * Perplexity of a language model: exp of its mean cross-entropy.
 * @param loss  nats a token
 */
export function perplexity(loss: number): number {
  return Math.exp(loss);
}

/**
 * Bits a character.
 * @param loss        nats a token
 * @param characters  characters a token stands for on average; default 1, a model of characters
 */
export function bitsPerCharacter(loss: number, characters = 1): number {
  return loss / Math.LN2 / characters;
}
