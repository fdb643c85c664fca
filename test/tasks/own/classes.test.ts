import { describe, expect, it, test } from 'vitest';
import { numberIn } from '../../../src/tasks/own/cell.js';
import { classNumbers } from '../../../src/tasks/own/classes.js';

const keyOf = (example: number) => `row ${example}`;
const classesOf = (labels: readonly string[], classes?: readonly string[]) =>
  classNumbers('f', labels, keyOf, classes);

describe('labels', () => {
  it('one number is one class, however it is written, and that is said', () => {
    const { names, numbers, notes } = classesOf(['1', '1.0', ' 2', '+1', '1e0', '02', '-0', '0']);
    expect(names).toEqual(['0', '1', '2']);
    expect([...numbers]).toEqual([1, 1, 2, 1, 1, 2, 0, 0]);
    expect(notes).toContain('class "1" is written "1", "1.0", "+1", "1e0"');
  });

  it('numbers that a double cannot hold stay names', () => {
    expect(classesOf(['9007199254740993', '9007199254740992']).names).toHaveLength(2);
  });

  it('one text is one class in every normal form; capitals are told of', () => {
    expect(classesOf(['\u00e9', 'e\u0301', 'b']).names).toEqual(['b', 'é']);
    expect(classesOf(['Cat', 'cat']).notes).toEqual(['classes "Cat" and "cat" differ in capitals only']);
  });

  it('Thé, Thè and Thà are three', () => {
    expect(classesOf(['Thé', 'Thè', 'Thà']).names).toEqual(['Thà', 'Thè', 'Thé']);
  });

  test.each(['', 'NA', 'nan', 'NaN', 'N/A', '#N/A', '<NA>', '?'])(
    '%j names no class unless classes has it',
    (label) => {
      expect(() => classesOf(['a', label])).toThrow(
        `f: row 1 has the label ${JSON.stringify(label)}, which says`,
      );
      if (label !== '') expect(classesOf(['a', label], ['a', label]).numbers[1]).toBe(1);
    },
  );

  it('measurements are no classes', () => {
    const real = Array.from({ length: 100 }, (_, i) => String(i / 7));
    const whole = Array.from({ length: 100 }, (_, i) => String(i));
    const few = Array.from({ length: 12 }, (_, i) => String(i * 3));
    const rounded = Array.from({ length: 100 }, (_, i) => String((i % 30) / 2));
    for (const labels of [real, whole, few, rounded]) {
      expect(() => classesOf(labels)).toThrow("measurements, not classes (targets: 'real'");
    }
    expect(classesOf(few, few).names).toHaveLength(12);
  });

  it('many classes are classes where each has its examples, and names are names', () => {
    const digits = Array.from({ length: 300 }, (_, i) => String(i % 100));
    expect(classesOf(digits).names).toHaveLength(100);
    const halves = Array.from({ length: 20 }, (_, i) => String((i % 4) / 2));
    expect(classesOf(halves).names).toEqual(['0', '0.5', '1', '1.5']);
    const names = Array.from({ length: 40 }, (_, i) => `speaker${i}`);
    expect(classesOf(names).names).toHaveLength(40);
  });
});

test.each<[string, '.' | ',', number]>([
  ['1', '.', 1],
  [' -.5e2 ', '.', -50],
  ['1.', '.', 1],
  ['+3', '.', 3],
  ['0,5', ',', 0.5],
  ['-1,5e-1', ',', -0.15],
  ['0x10', '.', Number.NaN],
  ['Infinity', '.', Number.NaN],
  ['1_000', '.', Number.NaN],
  ['', '.', Number.NaN],
  ['0,5', '.', Number.NaN],
  ['0.5', ',', Number.NaN],
  ['1.234,5', ',', Number.NaN],
  ['1,2,3', ',', Number.NaN],
])('the number in %j with decimal %j', (text, decimal, value) => {
  expect(numberIn(text, decimal)).toBe(value);
});
