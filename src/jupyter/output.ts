/** What a value looks like in several formats: MIME type → content, as Jupyter messages carry it. */
export type MimeBundle = Record<string, unknown>;

/** One thing a cell shows. `type` is the Jupyter message's name, the other fields are its content. */
export type Output =
  | { type: 'stream'; name: 'stdout' | 'stderr'; text: string }
  | DisplayOutput
  | { type: 'clear_output'; wait: boolean }
  | { type: 'execute_result'; execution_count: number; data: MimeBundle; metadata: Record<string, unknown> }
  | ErrorOutput;

export interface DisplayOutput {
  type: 'display_data' | 'update_display_data';
  data: MimeBundle;
  metadata: Record<string, unknown>;
  /** `display_id` names the display for later updates. */
  transient: { display_id?: string };
}

export interface ErrorOutput {
  type: 'error';
  ename: string;
  evalue: string;
  /** Lines with the cell's own TypeScript and a caret, then the calls that led there. */
  traceback: string[];
}

/** Receives the outputs of one cell, in order, also those of its asynchronous work after the cell has ended. */
export type Sink = (output: Output) => void;
