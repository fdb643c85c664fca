import type { Engine } from '../engine.js';
import type { Output } from '../output.js';
import type { EditorRequest, ExecuteRequest, ToProtocol } from './thread-messages.js';

type Content = Record<string, unknown>;

export interface Cells {
  execute(request: ExecuteRequest): Promise<void>;
  editor(request: EditorRequest): void;
  /** Stops the running cell; `force`: without waiting for it to end in its own way. */
  stop(force: boolean): void;
  /** Asks the user on behalf of the running cell. */
  ask(prompt: string, password: boolean): Promise<string>;
  /** The user's answer. */
  answer(value: string): void;
}

/** Runs a front end's requests on the engine. @param send  waits while the protocol thread is behind */
export function cells(engine: Engine, send: (message: ToProtocol) => void): Cells {
  let running: { request: ExecuteRequest; stop: AbortController } | undefined;
  let onAnswer: ((value: string) => void) | undefined;

  async function execute(request: ExecuteRequest): Promise<void> {
    const { id, code, count, silent } = request;
    const stop = new AbortController();
    running = { request, stop };
    const result = await engine.execute(code, {
      executionCount: count,
      signal: stop.signal,
      onOutput: silent ? () => {} : (output) => send(outputMessage(id, output)),
    });
    let content: Content;
    if (result.status === 'ok') {
      const user_expressions = await evaluate(request, stop.signal);
      content = { status: 'ok', execution_count: count, payload: [], user_expressions };
    } else {
      const { ename, evalue, traceback } = result.error;
      content = { status: 'error', execution_count: count, ename, evalue, traceback };
    }
    running = undefined;
    onAnswer = undefined;
    send({ type: 'reply', id, content });
  }

  async function evaluate({ userExpressions, count }: ExecuteRequest, signal: AbortSignal): Promise<Content> {
    const values: Content = {};
    for (const [name, code] of Object.entries(userExpressions)) {
      let data: Content = {};
      const result = await engine.execute(String(code), {
        executionCount: count,
        signal,
        onOutput: (output) => {
          if (output.type === 'execute_result') data = output.data;
        },
      });
      values[name] =
        result.status === 'ok'
          ? { status: 'ok', data, metadata: {} }
          : { status: 'error', ...failure(result) };
    }
    return values;
  }

  function editor({ type, id, code, position }: EditorRequest): void {
    let content: Content;
    try {
      if (type === 'complete') content = { ...engine.complete(code, position) };
      else if (type === 'inspect') content = { found: engine.inspect(code, position) };
      else content = { ...engine.isComplete(code) };
    } catch (error) {
      const { name, message } = error as Error;
      content = { status: 'error', ename: name, evalue: message, traceback: [] };
    }
    send({ type: 'reply', id, content });
  }

  return {
    execute,
    editor,
    stop(force) {
      running?.stop.abort();
      if (force) engine.abandon();
    },
    ask(prompt, password) {
      if (!running?.request.allowStdin) {
        throw new Error('input: this front end cannot ask its user (open the notebook in Jupyter)');
      }
      send({ type: 'input', id: running.request.id, prompt, password });
      return new Promise((resolve) => {
        onAnswer = resolve;
      });
    },
    answer(value) {
      onAnswer?.(value);
    },
  };
}

function failure({ error }: { error: { ename: string; evalue: string; traceback: string[] } }): Content {
  const { ename, evalue, traceback } = error;
  return { ename, evalue, traceback };
}

/** @throws TypeError  for data that is not JSON */
function outputMessage(id: number, output: Output): ToProtocol {
  if (output.type === 'stream') return { ...output, id };
  const { type: messageType, ...rest } = output;
  const content = JSON.stringify(rest);
  const text = output.type === 'execute_result' ? output.data['text/plain'] : undefined;
  const result = typeof text === 'string' ? text : undefined;
  return { type: 'output', id, messageType, content, weight: content.length, result };
}
