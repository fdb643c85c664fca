/**
 * The part of plotly's figure language that these figures use, as types of our own: they are published with the
 * package, and a notebook's older TypeScript reads them without plotly's own declarations. Names and meanings are
 * plotly's (plotly.com/javascript/reference).
 */

/** Plotly draws a gap where a value is null. */
export type Values = (number | string | null)[];

export type XAxisName = 'x' | 'x2' | 'x3';
export type YAxisName = 'y' | 'y2' | 'y3';

export type MarkerSymbol =
  | 'circle'
  | 'circle-open'
  | 'square'
  | 'square-open'
  | 'diamond'
  | 'diamond-open'
  | 'cross'
  | 'x'
  | 'triangle-up'
  | 'triangle-down'
  | 'line-ns-open'
  | 'line-ew-open';

export interface Line {
  color?: string;
  /** Pixels. */
  width?: number;
  dash?: 'solid' | 'dot' | 'dash' | 'longdash' | 'dashdot' | 'longdashdot';
  shape?: 'linear' | 'hv' | 'vh' | 'hvh' | 'vhv' | 'spline';
  /** False draws every point, also where several fall on one pixel. */
  simplify?: boolean;
}

export interface Marker {
  color?: string | string[];
  /** Pixels. */
  size?: number;
  symbol?: MarkerSymbol;
  opacity?: number;
  line?: { color?: string; width?: number };
}

export interface TraceBase {
  /** Name in the legend. */
  name?: string;
  showlegend?: boolean;
  legendgroup?: string;
  opacity?: number;
  /** Which axes it belongs to: 'x', 'x2', … */
  xaxis?: XAxisName;
  yaxis?: YAxisName;
  hovertemplate?: string;
  hoverinfo?: 'all' | 'none' | 'skip' | 'x' | 'y' | 'x+y' | 'text' | 'name';
  customdata?: (number | string)[];
}

export interface ScatterTrace extends TraceBase {
  type: 'scatter';
  mode: 'lines' | 'markers' | 'lines+markers' | 'text';
  x: Values;
  y: Values;
  line?: Line;
  marker?: Marker;
  text?: string | string[];
  textfont?: { size?: number; color?: string | string[] };
  connectgaps?: boolean;
  cliponaxis?: boolean;
  fill?: 'none' | 'tozeroy' | 'tonexty' | 'toself';
  fillcolor?: string;
  error_x?: ErrorBars;
  error_y?: ErrorBars;
}

export interface BarTrace extends TraceBase {
  type: 'bar';
  x: Values;
  y: Values;
  text?: string | string[];
  orientation?: 'v' | 'h';
  width?: number;
  marker?: Marker;
  textposition?: 'inside' | 'outside' | 'auto' | 'none';
  cliponaxis?: boolean;
  error_y?: ErrorBars;
}

export interface HeatmapTrace extends TraceBase {
  type: 'heatmap';
  x?: Values;
  y?: Values;
  z: (number | null)[][];
  /** What the pointer shows of each cell, with `hoverinfo` 'text'. */
  text?: string[][];
  /** Pixels between cells. */
  xgap?: number;
  ygap?: number;
  colorscale?: string | [number, string][];
  zmin?: number;
  zmax?: number;
  showscale?: boolean;
  colorbar?: { title?: { text: string; side?: 'top' | 'right' | 'bottom' }; ticksuffix?: string };
}

export interface ErrorBars {
  type: 'data';
  array: number[];
  arrayminus?: number[];
  visible?: boolean;
  color?: string;
  thickness?: number;
  width?: number;
}

export type Trace = ScatterTrace | BarTrace | HeatmapTrace;

export interface Font {
  family?: string;
  /** Pixels. */
  size?: number;
  color?: string;
}

/** An axis always says what it shows and in which unit: `axis('Loss', 'nats')` makes the title. */
export interface Axis {
  title: { text: string; standoff?: number; font?: Font };
  type?: 'linear' | 'log' | 'category';
  range?: [number, number];
  rangemode?: 'normal' | 'tozero' | 'nonnegative';
  /** Part of the picture's width or height that it spans, from 0 to 1. */
  domain?: [number, number];
  anchor?: XAxisName | YAxisName | 'free';
  overlaying?: XAxisName | YAxisName | 'free';
  side?: 'left' | 'right' | 'top' | 'bottom';
  matches?: XAxisName | YAxisName;
  tickmode?: 'auto' | 'linear' | 'array';
  tickvals?: (number | string)[];
  ticktext?: string[];
  tickformat?: string;
  ticksuffix?: string;
  tickangle?: number;
  tickfont?: Font;
  nticks?: number;
  dtick?: number | string;
  showgrid?: boolean;
  showticklabels?: boolean;
  zeroline?: boolean;
  automargin?: boolean;
  fixedrange?: boolean;
}

export interface Shape {
  type: 'line' | 'rect' | 'path';
  x0?: number | string;
  x1?: number | string;
  y0?: number;
  y1?: number;
  /** An SVG path in the units of the axes, for type 'path'. */
  path?: string;
  xref?: 'paper' | XAxisName | `${XAxisName} domain`;
  yref?: 'paper' | YAxisName | `${YAxisName} domain`;
  layer?: 'above' | 'below';
  line?: Line;
  fillcolor?: string;
  opacity?: number;
}

export interface Annotation {
  text: string;
  x: number | string;
  y: number;
  xref?: 'paper' | XAxisName | `${XAxisName} domain`;
  yref?: 'paper' | YAxisName | `${YAxisName} domain`;
  xanchor?: 'left' | 'center' | 'right';
  yanchor?: 'top' | 'middle' | 'bottom';
  xshift?: number;
  yshift?: number;
  showarrow: boolean;
  align?: 'left' | 'center' | 'right';
  font?: Font;
  bgcolor?: string;
}

export interface Legend {
  orientation?: 'v' | 'h';
  x?: number;
  y?: number;
  xanchor?: 'left' | 'center' | 'right';
  yanchor?: 'top' | 'middle' | 'bottom';
  yref?: 'paper' | 'container';
  font?: Font;
  bgcolor?: string;
}

export interface Layout {
  /** x and y: where it begins, as parts of the picture's width and height from its lower left. */
  title: { text: string; subtitle?: { text: string }; x?: number; y?: number };
  /** Pixels. */
  width?: number;
  height?: number;
  margin?: { l?: number; r?: number; t?: number; b?: number };
  xaxis: Axis;
  yaxis: Axis;
  xaxis2?: Axis;
  yaxis2?: Axis;
  xaxis3?: Axis;
  yaxis3?: Axis;
  showlegend?: boolean;
  legend?: Legend;
  shapes?: Shape[];
  annotations?: Annotation[];
  barmode?: 'group' | 'stack' | 'overlay' | 'relative';
  bargap?: number;
  hovermode?: 'closest' | 'x' | 'y' | 'x unified' | 'y unified' | false;
}

export interface Config {
  responsive?: boolean;
  displaylogo?: boolean;
  displayModeBar?: boolean | 'hover';
  scrollZoom?: boolean;
}
