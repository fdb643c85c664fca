import { describe, expect, it } from 'vitest';
import { parseManifest, readManifest } from '../../src/data/manifest.js';

const good = {
  title: 'A set',
  source: 'https://example.org',
  licence: 'CC0',
  cite: 'nobody',
  archives: [
    {
      file: 'a.zip',
      urls: ['https://example.org/a.zip'],
      bytes: 1,
      sha256: null,
      sha256Source: null,
      unpack: 'zip',
    },
  ],
  files: [{ name: 'a/b.txt', bytes: null, sha256: 'a'.repeat(64) }],
};
const [archive] = good.archives;
const parse = (entry: unknown, set = 'set') => parseManifest(JSON.stringify({ [set]: entry }), 'FILE');

describe('the manifest', () => {
  it('has every data set of the paper', () => {
    expect(Object.keys(readManifest())).toEqual([
      'mnist',
      'cifar10',
      'imdb',
      'listops',
      'retrieval',
      'pathfinder',
      'pathx',
      'speech-commands',
      'dvs-gesture',
      'wikitext-2',
      'wikitext-103',
    ]);
  });

  it('names the publisher of each checksum of an archive, and says where there is none', () => {
    for (const [set, { archives, note }] of Object.entries(readManifest())) {
      for (const { sha256, sha256Source } of archives) {
        expect(sha256Source === null, set).toBe(sha256 === null);
        if (sha256 === null) expect(note, set).toMatch(/checksum is not published/);
      }
    }
  });

  it('is read as it is written', () => {
    expect(parse(good)).toEqual({ set: good });
  });

  it.each([
    ['not JSON', '{', /^readManifest: FILE: not valid JSON/],
    ['no object', '[]', /^readManifest: FILE: the manifest must be an object by set name, got \[\]$/],
    ['a set name that is a path', '{"../a":{}}', /must be an object by set name/],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseManifest(text, 'FILE')).toThrow(message);
  });

  it.each([
    [{ ...good, licence: undefined }, /FILE: set\.licence must be text, got undefined$/],
    [{ ...good, files: [] }, /set\.files must be a list, not empty, got \[\]$/],
    [
      { ...good, files: [{ ...good.files[0], name: '../x' }] },
      /set\.files\[0\]\.name must be a path inside the set/,
    ],
    [
      { ...good, files: [{ ...good.files[0], name: '/x' }] },
      /files\[0\]\.name must be a path inside the set/,
    ],
    [
      { ...good, files: [{ ...good.files[0], sha256: 'A' }] },
      /files\[0\]\.sha256 must be 64 hexadecimal digits or null/,
    ],
    [
      { ...good, archives: [{ ...archive, bytes: '1' }] },
      /archives\[0\]\.bytes must be a whole number or null, got "1"$/,
    ],
    [
      { ...good, archives: [{ ...archive, urls: ['file:///x'] }] },
      /archives\[0\]\.urls must be a list of http or https/,
    ],
    [{ ...good, archives: [{ ...archive, file: 'a/b' }] }, /archives\[0\]\.file must be a file name/],
    [
      { ...good, archives: [{ ...archive, unpack: 'rar' }] },
      /unpack must be one of tar, zip, gzip, none, got "rar"$/,
    ],
  ])('refuses what does not fit: %#', (entry, message) => {
    expect(() => parse(entry)).toThrow(message);
  });
});
