import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeWhole } from '../../src/files/write-whole.js';

const folder = mkdtempSync(join(tmpdir(), 'files-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('writeWhole', () => {
  it('joins text and bytes, replaces what was there, makes missing folders, leaves nothing else', () => {
    const path = join(folder, 'a', 'b', 'file');
    writeWhole(path, ['a much longer first text']);
    writeWhole(path, ['ü', Uint8Array.of(0, 255), '']);
    expect(readFileSync(path)).toEqual(Buffer.from([0xc3, 0xbc, 0, 255]));
    expect(readdirSync(join(folder, 'a', 'b'))).toEqual(['file']);
  });

  it('leaves the old file and no other when a chunk cannot be written', () => {
    const path = join(folder, 'old');
    writeFileSync(path, 'old');
    expect(() => writeWhole(path, ['new', 5 as unknown as string])).toThrow(TypeError);
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder).sort()).toEqual(['a', 'old']);
  });
});
