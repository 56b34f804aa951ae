// Money as people read it.

/** Dollars with as many digits as small sums need: `$1.25`, `$0.0042`. */
export const dollars = (sum: number): string => `$${sum.toFixed(sum > 0 && sum < 0.1 ? 4 : 2)}`
