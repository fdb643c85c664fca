import { withDefaults } from '../../options.js';
import { type Figure, figure } from './figure.js';
import { axis, colours } from './theme.js';

export interface ImageSequenceOptions {
  /** Pixels a row. Default 28. */
  width?: number;
  /** What the picture shows. Default none. */
  label?: string;
}

/**
 * An image, and beside it the same pixels one after the other: what a model that reads a pixel a step is shown.
 * @param pixels  gray values in [0, 1], row by row
 * @throws RangeError  where the pixels do not fill rows of `width`
 */
export function imageSequence(pixels: ArrayLike<number>, options: ImageSequenceOptions = {}): Figure {
  const { width, label } = withDefaults<Required<ImageSequenceOptions>>('imageSequence', options, {
    width: 28,
    label: '',
  });
  if (!Number.isInteger(width) || width < 1 || pixels.length === 0 || pixels.length % width !== 0) {
    throw new RangeError(
      `imageSequence: ${pixels.length} pixels do not fill rows of ${width} (pass the image's width)`,
    );
  }
  const values = Array.from(pixels);
  const height = values.length / width;
  const rows = Array.from({ length: height }, (_, row) => values.slice(row * width, (row + 1) * width));
  return figure(
    [
      {
        type: 'heatmap',
        z: rows,
        colorscale: [
          [0, '#FFFFFF'],
          [1, '#000000'],
        ],
        zmin: 0,
        zmax: 1,
        showscale: false,
      },
      {
        type: 'scatter',
        mode: 'lines',
        x: values.map((_, step) => step),
        y: values,
        xaxis: 'x2',
        yaxis: 'y2',
        line: { color: colours.blue, width: 1.5 },
      },
    ],
    {
      title: { text: label ? `${label}, as an image and as a sequence` : 'An image as a sequence' },
      height: 300,
      showlegend: false,
      xaxis: axis('Column', '', { domain: [0, 0.26], showgrid: false, range: [-0.5, width - 0.5] }),
      yaxis: axis('Row', '', { showgrid: false, range: [height - 0.5, -0.5] }),
      xaxis2: axis('Step', '', { domain: [0.36, 1], anchor: 'y2', range: [0, values.length] }),
      yaxis2: axis('Gray value', '0 to 1', { anchor: 'x2', range: [0, 1.05] }),
    },
    `${label || 'An image'}: ${width} x ${height} pixels as a sequence of ${values.length} steps`,
  );
}
