import type { Content, MainThread } from './main-thread.js';
import { toCharacters, toUtf16 } from './text-positions.js';
import { type Message, textOf } from './wire.js';

/** Answers the requests by which an editor asks about code that does not run. */
export interface EditorRequests {
  complete(message: Message): Promise<Content>;
  inspect(message: Message): Promise<Content>;
  isComplete(message: Message): Promise<Content>;
}

export function editorRequests(main: MainThread): EditorRequests {
  return {
    async complete({ header, content }) {
      const { code, position } = placeOf(content);
      const found = await main.ask(header, (id) => ({ type: 'complete', id, code, position }));
      if (found.status === 'error') return found;
      const { start, end, candidates } = found as { start: number; end: number; candidates: string[] };
      return {
        status: 'ok',
        matches: candidates,
        cursor_start: toCharacters(code, start),
        cursor_end: toCharacters(code, end),
        metadata: {},
      };
    },
    async inspect({ header, content }) {
      const { code, position } = placeOf(content);
      const answer = await main.ask(header, (id) => ({ type: 'inspect', id, code, position }));
      if (answer.status === 'error') return answer;
      const found = answer.found as { signature: string; documentation: string } | undefined;
      if (!found) return { status: 'ok', found: false, data: {}, metadata: {} };
      const { signature, documentation } = found;
      const data = {
        'text/plain': documentation ? `${signature}\n\n${documentation}` : signature,
        'text/markdown': `\`\`\`typescript\n${signature}\n\`\`\`\n\n${documentation}`,
      };
      return { status: 'ok', found: true, data, metadata: {} };
    },
    isComplete({ header, content }) {
      const code = textOf(content, 'code');
      return main.ask(header, (id) => ({ type: 'is_complete', id, code, position: 0 }));
    },
  };
}

function placeOf(content: Content): { code: string; position: number } {
  const code = textOf(content, 'code');
  const { cursor_pos } = content;
  return { code, position: toUtf16(code, typeof cursor_pos === 'number' ? cursor_pos : code.length) };
}
