import type { SavedOutput } from './notebook.js';
import type { DisplayOutput, Output, Sink } from './output.js';

/** Bytes of printed text kept for one cell: a loop that prints without end must not fill the disk. */
const MAX_STREAM = 1_000_000;

export interface OutputLog {
  /** A receiver that keeps a cell's outputs in `outputs`, as a notebook file holds them. */
  into(outputs: SavedOutput[]): Sink;
}

/** Keeps outputs in their final state: printed text in one piece, displays as last updated, in any cell. */
export function outputLog(): OutputLog {
  const displays = new Map<string, { data: DisplayOutput['data']; metadata: DisplayOutput['metadata'] }[]>();

  function update({ data, metadata, transient }: DisplayOutput): void {
    for (const one of displays.get(transient.display_id ?? '') ?? []) Object.assign(one, { data, metadata });
  }

  return {
    into(outputs) {
      let clearNext = false;
      let printed = 0;
      return (output) => {
        if (output.type === 'update_display_data') return update(output);
        if (output.type === 'clear_output') {
          clearNext = output.wait;
          if (!output.wait) outputs.length = 0;
          return;
        }
        if (clearNext) outputs.length = 0;
        clearNext = false;
        if (output.type === 'stream') {
          const room = MAX_STREAM - printed;
          if (room < 0) return;
          printed += output.text.length;
          if (room > 0) print(outputs, output.name, output.text.slice(0, room));
          if (printed > MAX_STREAM) {
            print(outputs, 'stderr', `\n… cut: a cell keeps ${MAX_STREAM} characters of what it prints\n`);
          }
          return;
        }
        if (output.type === 'execute_result' || output.type === 'error') {
          outputs.push(saved(output));
          return;
        }
        update(output);
        const display = {
          output_type: 'display_data' as const,
          data: output.data,
          metadata: output.metadata,
        };
        const id = output.transient.display_id;
        if (id !== undefined) displays.set(id, [...(displays.get(id) ?? []), display]);
        outputs.push(display);
      };
    },
  };
}

function print(outputs: SavedOutput[], name: 'stdout' | 'stderr', text: string): void {
  const last = outputs.at(-1);
  if (last?.output_type === 'stream' && last.name === name) last.text += text;
  else outputs.push({ output_type: 'stream', name, text });
}

function saved(output: Extract<Output, { type: 'execute_result' | 'error' }>): SavedOutput {
  const { type: output_type, ...content } = output;
  return { output_type, ...content } as SavedOutput;
}
