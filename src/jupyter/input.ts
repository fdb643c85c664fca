import { checkKeys } from '../options.js';

/** `globalThis[INPUT](prompt, options)` is there while a front end can ask its user. */
export const INPUT: unique symbol = Symbol.for('Jupyter.input') as typeof INPUT;

export interface InputOptions {
  /** Hide what the user types. */
  password?: boolean;
}

export type AskUser = (prompt: string, options: InputOptions) => Promise<string>;

/** The declaration by which every cell knows `input`. */
export const INPUT_TYPES: string =
  '/** Asks the user of the notebook for a line of text: `const name = await input("Your name? ")`. */\n' +
  'export declare function input(prompt?: string, options?: { password?: boolean }): Promise<string>;\n';

/**
 * Asks the user of the notebook for a line of text.
 * @throws Error  where nobody can answer: outside Jupyter, or when the front end runs cells on its own
 */
export async function input(prompt = '', options: InputOptions = {}): Promise<string> {
  checkKeys('input', options, ['password']);
  const ask = Reflect.get(globalThis, INPUT) as AskUser | undefined;
  if (!ask) throw new Error('input: nobody can answer here (open the notebook in Jupyter)');
  return ask(String(prompt), options);
}
