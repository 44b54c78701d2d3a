/** How much a bundle may hold. */
export interface BundleLimits {
  /** Of all files together, unpacked. */
  maxBytes: number;
  maxEntries: number;
  /** Folders in one path. */
  maxDepth: number;
  /** Of a whole path, in UTF-8. */
  maxPathBytes: number;
  /** Unpacked to packed, once more than a megabyte has come out. */
  maxRatio: number;
}

export const limitsOf = (maxBytes: number): BundleLimits => ({
  maxBytes,
  maxEntries: 1_000,
  maxDepth: 16,
  maxPathBytes: 240,
  maxRatio: 200,
});

export const RATIO_COUNTS_FROM_BYTES = 1_000_000;
