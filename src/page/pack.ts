// Pack: boxes of several sizes on one sheet, in their order, each as high up as it can stand.

interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Packed {
  /** Upper left corners, in the order of the boxes. */
  readonly places: readonly { readonly x: number; readonly y: number }[];
  readonly width: number;
  readonly height: number;
}

/** A part of the lower edge of what is placed: free below `y` from `x` to the next step. */
interface Step {
  readonly x: number;
  readonly y: number;
}

/** Packs boxes onto a sheet of a width, which no box exceeds, as many rows as it takes. */
export function packBoxes(
  sizes: readonly Size[],
  { width, between }: { readonly width: number; readonly between: number },
): Packed {
  let steps: Step[] = [{ x: 0, y: 0 }];
  const used = { width: 0, height: 0 };
  const places = sizes.map((size) => {
    const place = findPlace(steps, size.width, width);
    steps = raise(steps, {
      x: place.x,
      end: place.x + size.width + between,
      y: place.y + size.height + between,
    });
    used.width = Math.max(used.width, place.x + size.width);
    used.height = Math.max(used.height, place.y + size.height);
    return place;
  });
  return { places, ...used };
}

/** The highest place where a box of that width fits, the leftmost of several. */
function findPlace(steps: readonly Step[], boxWidth: number, sheetWidth: number): Step {
  let best: Step | undefined;
  for (const { x } of steps) {
    if (x > 0 && x + boxWidth > sheetWidth) continue;
    const under = steps.filter((step, index) => {
      const end = steps[index + 1]?.x ?? Number.POSITIVE_INFINITY;
      return step.x < x + boxWidth && end > x;
    });
    const y = Math.max(...under.map((step) => step.y));
    if (best === undefined || y < best.y) best = { x, y };
  }
  return best!;
}

/** The edge after something was placed from `x` to `end`, down to `y`. */
function raise(steps: readonly Step[], placed: { x: number; end: number; y: number }): Step[] {
  const { x, end, y } = placed;
  const atEnd = steps.findLast((step) => step.x <= end)!;
  const left = steps.filter((step) => step.x < x);
  const right = steps.filter((step) => step.x > end);
  return [...left, { x, y }, { x: end, y: atEnd.y }, ...right];
}
