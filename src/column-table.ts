// The type of arquero's tables in public signatures. Its declarations are bundled and mended when they are published.
export type { ColumnTable } from 'arquero';
