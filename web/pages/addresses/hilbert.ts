/** Where the n-th of 16 × 16 cells lies on Hilbert's curve: neighbours in the order of addresses stay neighbours. */
export function cellAt(index: number): { x: number; y: number } {
  let x = 0;
  let y = 0;
  let rest = index;
  for (let side = 1; side < 16; side *= 2) {
    const right = 1 & (rest >> 1);
    const up = 1 & (rest ^ right);
    if (up === 0) {
      if (right === 1) {
        x = side - 1 - x;
        y = side - 1 - y;
      }
      [x, y] = [y, x];
    }
    x += side * right;
    y += side * up;
    rest >>= 2;
  }
  return { x, y };
}
