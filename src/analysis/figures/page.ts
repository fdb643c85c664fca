import { plotlySource } from './plotly-source.js';
import type { Config, Layout, Trace } from './spec.js';

/** A page of its own with the live chart: plotly and the data are inside, so that it works offline. */
export async function page(chart: {
  data: Trace[];
  layout: Layout;
  config: Config;
  text: string;
  picture(format: 'svg'): Promise<string>;
}): Promise<string> {
  const { data, layout, config } = chart;
  const still = (await chart.picture('svg')).replace(/^<\?xml[^>]*>\s*/, '');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${escapeText(chart.text)}</title>
<script>${plotlySource()}</script>
</head>
<body>
<div id="chart" role="img" aria-label="${escapeText(chart.text)}"></div>
<noscript>${still}</noscript>
<script>
const chart = ${inScript({ data, layout, config })};
Plotly.newPlot('chart', chart.data, chart.layout, chart.config);
</script>
</body>
</html>
`;
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

/** JSON that cannot end the script element it stands in, whatever a title says. */
function inScript(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}
