import { pipeline, Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { type ArchiveEntry, safePath } from './archive.js';

/**
 * The files of a tar archive, in their order.
 * @param source  the archive's bytes, unpacked
 * @param name    stands for the archive in messages
 * @throws RangeError  `readTar: NAME: …` for a damaged archive, a link, a device or a path that leaves it
 */
export async function* tarEntries(source: Readable, name: string): AsyncGenerator<ArchiveEntry> {
  const where = `readTar: ${name}`;
  const fail = (error: unknown) => new RangeError(`${where}: ${(error as Error).message}`);
  const archive = extract();
  // What goes wrong in either comes out of the loop below, and more plainly here.
  const ended = new Promise<Error | undefined>((resolve) => {
    pipeline(source, archive, (error) => resolve(error ?? undefined));
  });
  const explain = async (error: unknown): Promise<Error> => fail((await ended) ?? error);
  const entries = archive[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await entries.next().catch((error: unknown) => {
        throw fail(error);
      });
      if (next.done) return;
      const entry = next.value;
      const { type, size = 0, linkname } = entry.header;
      // Folders come along with their files.
      if (type !== 'directory') {
        const path = safePath(where, entry.header.name);
        if (type !== 'file' && type !== 'contiguous-file') {
          throw fail(new Error(`refuses ${path}, a ${type}${linkname ? ` to ${linkname}` : ''}`));
        }
        yield { path, bytes: size, open: async () => Readable.from(content(entry, explain)) };
      }
      entry.resume();
    }
  } finally {
    archive.destroy();
    source.destroy();
  }
}

async function* content(
  entry: AsyncIterable<unknown>,
  explain: (error: unknown) => Promise<Error>,
): AsyncGenerator<unknown> {
  try {
    for await (const chunk of entry) yield chunk;
  } catch (error) {
    throw await explain(error);
  }
}
