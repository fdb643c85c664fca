/** @throws RangeError  unless `value` is a finite number of at least `low` */
export function checkNumber(where: string, name: string, value: number, low: number): void {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < low) {
    throw new RangeError(`${where}: ${name} must be a finite number of at least ${low}, got ${value}`);
  }
}

/** @throws RangeError  unless `value` is a whole number of at least `low` */
export function checkCount(where: string, name: string, value: number, low: number): void {
  if (!Number.isSafeInteger(value) || value < low) {
    throw new RangeError(`${where}: ${name} must be a whole number of at least ${low}, got ${value}`);
  }
}
