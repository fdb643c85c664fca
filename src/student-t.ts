// @ts-expect-error: jstat comes without types
import jstat from 'jstat';

/**
 * The value that Student's t with so many degrees of freedom stays below with probability `share`.
 * @param share    in (0, 1)
 * @param freedom  degrees of freedom, at least 1
 */
export function studentT(share: number, freedom: number): number {
  return jstat.studentt.inv(share, freedom) as number;
}
