import type { SKRSContext2D } from '@napi-rs/canvas';
import { transformsTo } from './transform.js';

/** Where drawn text lies, in pixels. */
export interface TextBox {
  left: number;
  top: number;
  width: number;
  height: number;
}

interface Face {
  family: string;
  /** Pixels. */
  size: number;
  weight: string;
}

/**
 * The box around the texts of an SVG element, as a browser measures it: jsdom lays nothing out, and plotly asks
 * for these boxes to keep labels, titles and legends apart.
 * @param frame  whose coordinates the box is in: an ancestor of `element`, itself, or null for the page
 */
export function textBox(context: SKRSContext2D, element: Element, frame: Element | null): TextBox {
  const texts = element.localName === 'text' ? [element] : [...element.querySelectorAll('text')];
  const corners = texts.flatMap((text) => {
    const { left, top, width, height } = boxOfText(context, text);
    if (width === 0) return [];
    const move = transformsTo(text, frame);
    return [left, left + width].flatMap((x) => [top, top + height].map((y) => move(x, y)));
  });
  if (corners.length === 0) return { left: 0, top: 0, width: 0, height: 0 };
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return { left, top, width: Math.max(...xs) - left, height: Math.max(...ys) - top };
}

function boxOfText(context: SKRSContext2D, text: Element): TextBox {
  const lines = [...text.children].filter((child) => child.classList.contains('line'));
  const width = Math.max(...(lines.length > 0 ? lines : [text]).map((line) => textLength(context, line)));
  const size = fontSize(text);
  const anchor = styleOf(text, 'text-anchor') ?? text.getAttribute('text-anchor') ?? 'start';
  const shift = anchor === 'middle' ? width / 2 : anchor === 'end' ? width : 0;
  return {
    left: Number(text.getAttribute('x') ?? 0) - shift,
    // Arial reaches 0.905 em up and 0.212 em down; plotly sets lines 1.3 em apart and shifts titles by whole em.
    top:
      Number(text.getAttribute('y') ?? 0) +
      (Number.parseFloat(text.getAttribute('dy') ?? '0') - 0.905) * size,
    width,
    height: (1.117 + 1.3 * (Math.max(lines.length, 1) - 1)) * size,
  };
}

/** Width of a text or a part of one, its pieces each in its own size and weight; pixels. */
export function textLength(context: SKRSContext2D, element: Element): number {
  return lengthOf(context, element, faceOf(element));
}

/** Size of the font in force at `element`, pixels. */
export function fontSize(element: Element): number {
  return faceOf(element).size;
}

function lengthOf(context: SKRSContext2D, element: Element, face: Face): number {
  let sum = 0;
  for (const child of element.childNodes) {
    if (child.nodeType === 1) {
      sum += lengthOf(context, child as Element, inherit(child as Element, face));
    } else {
      const text = child.textContent ?? '';
      context.font = `${face.weight} ${face.size}px ${face.family}`;
      // A machine without any font measures nothing: an average letter is 0.55 em wide.
      sum += context.measureText(text).width || 0.55 * face.size * text.trim().length;
    }
  }
  return sum;
}

function faceOf(element: Element): Face {
  const outer = element.parentElement
    ? faceOf(element.parentElement)
    : { family: 'sans-serif', size: 12, weight: 'normal' };
  return inherit(element, outer);
}

function inherit(element: Element, outer: Face): Face {
  const size = styleOf(element, 'font-size');
  const scale = size?.endsWith('%') ? outer.size / 100 : 1;
  return {
    family: styleOf(element, 'font-family') ?? outer.family,
    size: size === undefined ? outer.size : scale * Number.parseFloat(size),
    weight: styleOf(element, 'font-weight') ?? outer.weight,
  };
}

function styleOf(element: Element, property: string): string | undefined {
  return (element as SVGElement).style?.getPropertyValue(property) || undefined;
}
