import { get as getPlain, type IncomingMessage, type RequestOptions } from 'node:http';
import { get as getSecure } from 'node:https';

const mostRedirects = 5;

/** A failure that another try may mend. */
export class TransientError extends Error {
  override name = 'TransientError';
  /** Milliseconds the server asks to wait. */
  readonly retryAfter: number;

  constructor(message: string, retryAfter = 0) {
    super(message);
    this.retryAfter = retryAfter;
  }
}

export interface GetOptions {
  headers: Record<string, string>;
  /** Milliseconds without a byte after which the connection counts as dead. */
  idle: number;
  signal?: AbortSignal;
}

/**
 * Opens an address and follows its redirects. The body comes as it was sent: Node's fetch would unpack what a server
 * labels as gzip, and an archive that is gzip itself would no longer have its checksum.
 * @throws TransientError  where the network or the server fails in a way that may pass
 * @throws Error  for any other answer
 */
export async function open(url: string, options: GetOptions): Promise<IncomingMessage> {
  let address = new URL(url);
  for (let hop = 0; hop <= mostRedirects; hop++) {
    const response = await request(address, options);
    const { statusCode = 0, headers } = response;
    if (![301, 302, 303, 307, 308].includes(statusCode)) return accept(response, address);
    response.destroy();
    if (!headers.location || !URL.canParse(headers.location, address)) {
      throw new Error(`${address} redirects to nowhere`);
    }
    const next = new URL(headers.location, address);
    if (next.protocol !== 'https:' && (next.protocol !== 'http:' || address.protocol === 'https:')) {
      throw new Error(`${address} redirects to ${next}, which is not as safe`);
    }
    address = next;
  }
  throw new Error(`${url} redirects more than ${mostRedirects} times`);
}

function request(address: URL, { headers, idle, signal }: GetOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options: RequestOptions = {
      headers: { 'accept-encoding': 'identity', ...headers },
      signal,
      agent: false,
    };
    const sent = (address.protocol === 'https:' ? getSecure : getPlain)(address, options, resolve);
    sent.setTimeout(idle, () => sent.destroy(new Error(`no byte for ${idle / 1000} s`)));
    sent.on('error', (error) => {
      reject(signal?.aborted ? signal.reason : new TransientError(`${address.host}: ${error.message}`));
    });
  });
}

function accept(response: IncomingMessage, address: URL): IncomingMessage {
  const { statusCode = 0, headers } = response;
  if (statusCode === 200 || statusCode === 206 || statusCode === 416) {
    const encoding = headers['content-encoding'] ?? 'identity';
    if (encoding === 'identity' || /\.(gz|tgz)$/.test(address.pathname)) return response;
    response.destroy();
    throw new Error(`${address} sends the file packed as ${encoding}, though asked not to`);
  }
  response.destroy();
  const what = `${address} answers ${statusCode} ${response.statusMessage ?? ''}`.trim();
  const passing = statusCode >= 500 || [408, 425, 429].includes(statusCode);
  if (!passing) throw new Error(what);
  throw new TransientError(what, 1000 * (Number(headers['retry-after']) || 0));
}
