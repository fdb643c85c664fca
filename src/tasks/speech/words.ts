/** The words of Speech Commands by class number, in the order of the official loader. */
export const WORDS: readonly string[] = [
  ...[
    'bed',
    'cat',
    'down',
    'five',
    'forward',
    'go',
    'house',
    'left',
    'marvin',
    'no',
    'on',
    'right',
    'sheila',
  ],
  ...['tree', 'up', 'visual', 'yes', 'backward', 'bird', 'dog', 'eight', 'follow', 'four', 'happy', 'learn'],
  ...['nine', 'off', 'one', 'seven', 'six', 'stop', 'three', 'two', 'wow', 'zero'],
];
