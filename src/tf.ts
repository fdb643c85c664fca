// tfjs as this package uses it: its core, the gradients of its operations, its methods on tensors, and its plain backend.
// The union package `@tensorflow/tfjs` holds four more packages of 200 MB. The core comes first: the gradients are
// entered in its tables.
export * from '@tensorflow/tfjs-core';

import '#tfjs-gradients';
import '@tensorflow/tfjs-backend-cpu';
import type {} from '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';
