// What every product on the tile unit (AMX) shares. It multiplies numbers of 8 bits, in tiles of 16 rows of 64 bytes:
// the left operand holds an item (a row of A) a row, the right one an item (a column of B) a column, with the numbers
// that share a 32-bit word following each other along the depth (the inner dimension).
#pragma once
#if defined(__AMX_INT8__)
#include "../../backend/native/simd.h"

namespace spiking {
namespace ISA {
namespace tiles {

constexpr int SIDE = 16;             // rows of a tile, and its words a row
constexpr int TILE = SIDE * SIDE;    // words
constexpr int PANEL = 2 * SIDE;      // items that are packed and multiplied together

/** A matrix as items (rows of A, columns of B) by depth. */
struct View {
  const float* data;
  int64_t item, depth;  // strides, one of them 1
  View from(int64_t firstItem, int64_t firstDepth) const {
    return {data + firstItem * item + firstDepth * depth, item, depth};
  }
};

struct alignas(64) Configuration {
  uint8_t palette = 1, start = 0, reserved[14] = {};
  uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

static ALWAYS_INLINE __mmask16 firstLanes(int count) {
  return count >= 16 ? 0xffff : count <= 0 ? 0 : static_cast<__mmask16>((1u << count) - 1);
}

static ALWAYS_INLINE void zeroSums() {
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
}

// Two tiles of items to the left (registers 4 and 5), or to the right (6 and 7).
static ALWAYS_INLINE void loadLeft(const int32_t* a) {
  _tile_loadd(4, a, 64);
  _tile_loadd(5, a + TILE, 64);
}

static ALWAYS_INLINE void loadRight(const int32_t* b) {
  _tile_loadd(6, b, 64);
  _tile_loadd(7, b + TILE, 64);
}

// [PANEL][PANEL] words
static ALWAYS_INLINE void storeSums(void* to) {
  int32_t* sums = static_cast<int32_t*>(to);
  _tile_stored(0, sums, 4 * PANEL);
  _tile_stored(1, sums + SIDE, 4 * PANEL);
  _tile_stored(2, sums + SIDE * PANEL, 4 * PANEL);
  _tile_stored(3, sums + SIDE * PANEL + SIDE, 4 * PANEL);
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

}  // namespace tiles
}  // namespace ISA
}  // namespace spiking
#endif
