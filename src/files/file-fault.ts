/** What the system's codes mean, and what helps. */
const FAULTS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full (make room',
  EDQUOT: 'the quota of the disk is used up (make room',
  EROFS: 'the file system may only be read (take a folder on another one',
  EACCES: 'there is no permission (change that of the folder, or take another',
  EPERM: 'the system does not permit it (change that of the folder, or take another',
  ENOTDIR: 'a part of the path is a file, not a folder (take another path',
  EISDIR: 'it is a folder (name a file in it',
  EEXIST: 'something else has that name (remove it, or take another',
  ENAMETOOLONG: 'the name is too long (take a shorter one',
  EMFILE: 'too many files are open (raise the limit: ulimit -n',
  EIO: 'the disk does not answer (look after it',
};

class FileFault extends Error {}

/**
 * The error of a file that cannot be read or written, in words: which one, why, and what to do.
 * @returns the error itself where it is none of the system's
 */
export function fileFault(path: string, error: unknown): unknown {
  if (isFileFault(error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  const fault = code === undefined ? undefined : FAULTS[code];
  if (fault === undefined) return error;
  return new FileFault(`cannot write ${path}: ${fault}) [${code}]`, { cause: error });
}

export function isFileFault(error: unknown): error is Error {
  return error instanceof FileFault;
}
