import * as tf from '../../tf.js';
import { checkTensor } from '../check.js';
import { defineOperation, hasForm, type Operation, registerHostForm, runOperation } from '../operation.js';
import * as native from './native.js';
import * as reference from './reference.js';

export const embeddingOperation: Operation = defineOperation('Embedding', ['table', 'tokens']);
registerHostForm(embeddingOperation, 'cpu', reference);
registerHostForm(embeddingOperation, 'native', native);

/** Rows of a matrix, some perhaps several times: [which.length, columns]. */
export function rowsOf(x: tf.Tensor2D, which: Int32Array): tf.Tensor2D {
  // As entries of a table, because the gradient of tf.gather takes a pass over all rows for each of them.
  const rows = embedding(x, tf.tensor2d(which, [1, which.length], 'int32'));
  return tf.reshape(rows, [which.length, x.shape[1]]);
}

/**
 * Rows of a table by token number.
 * @param table   float32 [size, H]
 * @param tokens  int32 [batch, L], each in [0, size)
 * @returns       float32 [batch, L, H]
 */
export function embedding(table: tf.Tensor2D, tokens: tf.Tensor2D): tf.Tensor3D {
  checkTensor('embedding', 'table', table, [-1, -1]);
  checkTensor('embedding', 'tokens', tokens, [-1, -1], 'int32');
  if (hasForm(embeddingOperation)) {
    return runOperation(embeddingOperation, { table, tokens })[0] as tf.Tensor3D;
  }
  return tf.gather(table, tokens) as tf.Tensor as tf.Tensor3D;
}
