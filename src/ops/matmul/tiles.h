// Matrix products on the tile unit (AMX), which multiplies numbers of 8 significant bits and sums in float. A float is
// the exact sum of three such parts, high + middle + low; of the nine products of parts the six largest are summed,
// and what is left out lies below the rounding of float. Numbers that are their own high part, such as spikes, need
// three products only. What the parts cannot stand for (not finite, or so small that a part would be flushed to zero)
// is found while packing and in the results; those blocks are made again in plain floats.
#pragma once
#if defined(__AMX_BF16__)
#include "../../backend/native/kernels.h"
#include "../../backend/native/simd.h"

namespace spiking {
namespace ISA {
namespace tiles {

constexpr int SIDE = 16;               // rows and columns of a tile of sums
constexpr int DEPTH = 32;              // numbers along the inner dimension in a tile
constexpr int TILE = SIDE * SIDE;      // of 32-bit words: pairs of neighbours along the inner dimension
constexpr int PARTS = 3;
constexpr int MOST_DEPTH = 256;        // packed at once
constexpr int MOST_COLUMNS = 512;
constexpr int MOST_ROWS = 1024;        // of a call
constexpr int DEPTH_TILES = MOST_DEPTH / DEPTH;
constexpr int SMALLEST_BITS = 31 << 23;   // 2^-96
constexpr int LARGEST_BITS = 0x7f000000;  // 2^127

/** A matrix as items (rows of A, columns of B) by depth. */
struct View {
  const float* data;
  int64_t item, depth;  // strides, one of them 1
};

// Near enough for a part: 8 significant bits, ties away from zero. What it misses is in the parts that follow.
static ALWAYS_INLINE __m512 highPart(__m512 x) {
  const __m512i bits = _mm512_add_epi32(_mm512_castps_si512(x), _mm512_set1_epi32(0x8000));
  return _mm512_castsi512_ps(_mm512_and_si512(bits, _mm512_set1_epi32(static_cast<int>(0xffff0000))));
}

template <int COUNT>
static ALWAYS_INLINE void split(__m512 x, __m512 (&parts)[COUNT]) {
#pragma GCC unroll 3
  for (int part = 0; part < COUNT; part++) {
    parts[part] = highPart(x);
    x = _mm512_sub_ps(x, parts[part]);
  }
}

// Words of (even, odd) neighbours.
static ALWAYS_INLINE __m512i pairUp(__m512 even, __m512 odd) {
  return _mm512_mask_blend_epi16(0xaaaaaaaa, _mm512_srli_epi32(_mm512_castps_si512(even), 16), _mm512_castps_si512(odd));
}

// Lanes that the parts cannot stand for: what is not finite, and what is so small that its lower parts, or those of a
// product, would be flushed to zero.
static ALWAYS_INLINE __mmask16 unfit(__m512 x) {
  const __m512i size = _mm512_and_si512(_mm512_castps_si512(x), _mm512_set1_epi32(0x7fffffff));
  const __m512i below = _mm512_sub_epi32(size, _mm512_set1_epi32(1));  // zero becomes the largest
  const __mmask16 small = _mm512_cmplt_epu32_mask(below, _mm512_set1_epi32(SMALLEST_BITS));
  return small | _mm512_cmpge_epu32_mask(size, _mm512_set1_epi32(LARGEST_BITS));
}

// In registers: words by pairs, pairs by fours, then whole quarters.
static ALWAYS_INLINE void transpose(int32_t* tile) {
  __m512i a[SIDE], b[SIDE];
#pragma GCC unroll 16
  for (int i = 0; i < SIDE; i++) a[i] = _mm512_load_si512(tile + i * SIDE);
#pragma GCC unroll 8
  for (int i = 0; i < SIDE; i += 2) {
    b[i] = _mm512_unpacklo_epi32(a[i], a[i + 1]);
    b[i + 1] = _mm512_unpackhi_epi32(a[i], a[i + 1]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < SIDE; i += 4) {
    a[i] = _mm512_unpacklo_epi64(b[i], b[i + 2]);
    a[i + 1] = _mm512_unpackhi_epi64(b[i], b[i + 2]);
    a[i + 2] = _mm512_unpacklo_epi64(b[i + 1], b[i + 3]);
    a[i + 3] = _mm512_unpackhi_epi64(b[i + 1], b[i + 3]);
  }
  // a[4 q + j] holds, in quarter l, column 4 l + j of rows 4 q .. 4 q + 3.
#pragma GCC unroll 4
  for (int j = 0; j < 4; j++) {
    const __m512i low = _mm512_shuffle_i32x4(a[j], a[4 + j], 0x88), high = _mm512_shuffle_i32x4(a[j], a[4 + j], 0xdd);
    const __m512i low2 = _mm512_shuffle_i32x4(a[8 + j], a[12 + j], 0x88);
    const __m512i high2 = _mm512_shuffle_i32x4(a[8 + j], a[12 + j], 0xdd);
    _mm512_store_si512(tile + j * SIDE, _mm512_shuffle_i32x4(low, low2, 0x88));
    _mm512_store_si512(tile + (8 + j) * SIDE, _mm512_shuffle_i32x4(low, low2, 0xdd));
    _mm512_store_si512(tile + (4 + j) * SIDE, _mm512_shuffle_i32x4(high, high2, 0x88));
    _mm512_store_si512(tile + (12 + j) * SIDE, _mm512_shuffle_i32x4(high, high2, 0xdd));
  }
}

static ALWAYS_INLINE __mmask16 firstLanes(int count) {
  return count >= 16 ? 0xffff : count <= 0 ? 0 : static_cast<__mmask16>((1u << count) - 1);
}

// The parts of one tile, [part][16][16] words: [item][pair] as the left operand wants it, or [pair][item] as the right.
// ALONG: neighbours along the depth are neighbours in memory. @returns lanes that the parts cannot stand for
template <int COUNT, bool ALONG>
static inline __mmask16 packTile(int32_t* to, const View& view, int items, int depth, bool pairsFirst, float scale) {
  const __m512 factor = _mm512_set1_ps(scale);
  const __mmask16 first = firstLanes(ALONG ? depth : items), second = firstLanes(depth - 16);
  const __m512i evens = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  const __m512i odds = _mm512_add_epi32(evens, _mm512_set1_epi32(1));
  __mmask16 bad = 0;
  for (int i = 0; i < SIDE; i++) {
    __m512 a = _mm512_setzero_ps(), b = _mm512_setzero_ps(), even[COUNT], odd[COUNT];
    if (ALONG && i < items) {
      a = _mm512_maskz_loadu_ps(first, view.data + i * view.item);
      b = _mm512_maskz_loadu_ps(second, view.data + i * view.item + 16);
    } else if (!ALONG) {
      if (2 * i < depth) a = _mm512_maskz_loadu_ps(first, view.data + 2 * i * view.depth);
      if (2 * i + 1 < depth) b = _mm512_maskz_loadu_ps(first, view.data + (2 * i + 1) * view.depth);
    }
    if (COUNT > 1) bad |= unfit(a) | unfit(b);
    a = _mm512_mul_ps(a, factor);
    b = _mm512_mul_ps(b, factor);
    if (ALONG) {
      const __m512 c = _mm512_permutex2var_ps(a, evens, b);
      b = _mm512_permutex2var_ps(a, odds, b);
      a = c;
    }
    split(a, even);
    split(b, odd);
#pragma GCC unroll 3
    for (int part = 0; part < COUNT; part++) {
      _mm512_store_si512(to + part * TILE + i * SIDE, pairUp(even[part], odd[part]));
    }
  }
  if (ALONG == pairsFirst) {
    for (int part = 0; part < COUNT; part++) transpose(to + part * TILE);
  }
  return bad;
}

struct alignas(64) Configuration {
  uint8_t palette = 1, start = 0, reserved[14] = {};
  uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

// sums[32][32] += left (two tiles of items) times right (two), over depthTiles; all parts that count.
static ALWAYS_INLINE void multiplyPair(const int32_t* left, const int32_t* right, int depthTiles, int leftParts,
                                       float* sums) {
  const size_t stride = static_cast<size_t>(depthTiles) * PARTS * TILE;  // between the two tiles of a side
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (int k = 0; k < depthTiles; k++) {
    for (int p = 0; p < leftParts; p++) {
      const int32_t* a = left + (k * PARTS + p) * TILE;
      _tile_loadd(4, a, 64);
      _tile_loadd(5, a + stride, 64);
      for (int q = 0; q < PARTS - p; q++) {
        const int32_t* b = right + (k * PARTS + q) * TILE;
        _tile_loadd(6, b, 64);
        _tile_loadd(7, b + stride, 64);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
      }
    }
  }
  _tile_stored(0, sums, 128);
  _tile_stored(1, sums + SIDE, 128);
  _tile_stored(2, sums + SIDE * 2 * SIDE, 128);
  _tile_stored(3, sums + SIDE * 2 * SIDE + SIDE, 128);
}

struct Range {
  int first, count;
};

// A block of C in plain floats, for what the parts cannot stand for.
static inline void plainBlock(const View& A, const View& B, int N, Range rows, Range columns, int from, int to, float* C,
                              const float* bias) {
  for (int r = rows.first; r < rows.first + rows.count; r++) {
    for (int c = columns.first; c < columns.first + columns.count; c++) {
      float total = bias == nullptr ? 0 : bias[c];
      for (int k = from; k < to; k++) total += A.data[r * A.item + k * A.depth] * B.data[c * B.item + k * B.depth];
      C[static_cast<int64_t>(r) * N + c] = total;
    }
  }
}

static inline size_t scratchFloats() {
  return static_cast<size_t>(DEPTH_TILES) * PARTS * TILE * (2 + MOST_COLUMNS / SIDE) + 4 * TILE;
}

/** Rows [row, row + rows) of C over depths [from, to), as multiplyRows does it in float; seen(k, depth, column, columns) follows each packed piece of B. */
template <typename Seen>
static inline void multiply(const View& A, const View& B, float unit, int N, int row, int rows,
                            int from, int to, float* C, const float* bias, float* memory, const Seen& seen) {
  // A of zeros and one other number: as zeros and ones, with that number on the other side
  const int leftParts = unit != 0 ? 1 : PARTS;
  const float leftScale = unit != 0 ? 1 / unit : 1, rightScale = unit != 0 ? unit : 1;
  static const Configuration configuration;
  _tile_loadconfig(&configuration);
  int32_t* left = reinterpret_cast<int32_t*>(memory);
  int32_t* right = left + 2 * DEPTH_TILES * PARTS * TILE;
  float* sums = reinterpret_cast<float*>(right + MOST_COLUMNS / SIDE * DEPTH_TILES * PARTS * TILE);
  auto pack = [&](int32_t* at, const View& view, int item, int items, int depthFrom, int depth, bool pairsFirst,
                  float factor, int tileCount, int parts, bool* bad) {
    const int depthTiles = (depth + DEPTH - 1) / DEPTH;
    for (int i = 0; i < tileCount; i++) {
      for (int k = 0; k < depthTiles; k++) {
        const View part = {view.data + (item + i * SIDE) * view.item + (depthFrom + k * DEPTH) * view.depth, view.item,
                           view.depth};
        int32_t* tile = at + (i * depthTiles + k) * PARTS * TILE;
        const int here = items - i * SIDE, deep = depth - k * DEPTH;
        const bool along = view.depth == 1;
        const __mmask16 lanes = parts == 1 ? (along ? packTile<1, true> : packTile<1, false>)(tile, part, here, deep, pairsFirst, factor)
                                           : (along ? packTile<PARTS, true> : packTile<PARTS, false>)(tile, part, here, deep, pairsFirst, factor);
        if (lanes != 0) bad[i / 2] = true;
      }
    }
  };
  const int passes = (to - from + MOST_DEPTH - 1) / MOST_DEPTH;
  const int depthEach = ((to - from + passes - 1) / passes + DEPTH - 1) / DEPTH * DEPTH;
  for (int column = 0; column < N; column += MOST_COLUMNS) {
    const int columns = N - column < MOST_COLUMNS ? N - column : MOST_COLUMNS;
    const int columnTiles = (columns + 2 * SIDE - 1) / (2 * SIDE) * 2;
    bool badRows[MOST_ROWS / (2 * SIDE)] = {}, badColumns[MOST_COLUMNS / (2 * SIDE)] = {};
    uint32_t badBlocks[MOST_ROWS / (2 * SIDE)] = {};  // a bit for each block of columns
    for (int k = from; k < to; k += depthEach) {
      const int depth = to - k < depthEach ? to - k : depthEach, depthTiles = (depth + DEPTH - 1) / DEPTH;
      pack(right, B, column, columns, k, depth, true, rightScale, columnTiles, PARTS, badColumns);
      seen(k, depth, column, columns);
      for (int i = 0; i < rows; i += 2 * SIDE) {
        pack(left, A, row + i, rows - i, k, depth, false, leftScale, 2, leftParts, badRows + i / (2 * SIDE));
        for (int j = 0; j < columns; j += 2 * SIDE) {
          multiplyPair(left, right + static_cast<size_t>(j / SIDE) * depthTiles * PARTS * TILE, depthTiles, leftParts, sums);
          const int width = columns - j < 2 * SIDE ? columns - j : 2 * SIDE;
          __mmask16 bad = 0;
          for (int r = 0; r < 2 * SIDE && i + r < rows; r++) {
            float* at = C + static_cast<int64_t>(row + i + r) * N + column + j;
            for (int half = 0; half < 2 && half * W < width; half++) {
              const int lanes = width - half * W < W ? width - half * W : W;
              const vf start = k > from ? load(at + half * W, lanes)
                               : bias != nullptr ? load(bias + column + j + half * W, lanes) : vf{};
              const vf product = load(sums + r * 2 * SIDE + half * W);
              bad |= unfit((__m512)product);
              store(at + half * W, start + product, lanes);
            }
          }
          if (bad != 0) badBlocks[i / (2 * SIDE)] |= 1u << j / (2 * SIDE);
        }
      }
    }
    for (int i = 0; i < rows; i += 2 * SIDE) {
      for (int j = 0; j < columns; j += 2 * SIDE) {
        const int at = i / (2 * SIDE), block = j / (2 * SIDE);
        if (!badRows[at] && !badColumns[block] && (badBlocks[at] >> block & 1) == 0) continue;
        plainBlock(A, B, N, {row + i, rows - i < 2 * SIDE ? rows - i : 2 * SIDE}, {column + j, columns - j < 2 * SIDE ? columns - j : 2 * SIDE},
                   from, to, C, bias);
      }
    }
  }
  _tile_release();
}

}  // namespace tiles
}  // namespace ISA
}  // namespace spiking
#endif
