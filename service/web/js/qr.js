/** How large a code may be drawn so that every module is a whole number of device pixels. Pure. */

const LEAST_MODULE_PX = 8;
const MOST_MODULE_PX = 64;

/** Modules of a code's side with its quiet zone (4 each side), from the picture's width: 17 + 4v + 8 modules of at
 * least 8 px. 0 when the width fits no code. */
export function modulesOf(widthPx) {
  for (let px = LEAST_MODULE_PX; px <= MOST_MODULE_PX; px++) {
    const modules = widthPx / px;
    if (Number.isInteger(modules) && modules >= 29 && (modules - 25) % 4 === 0) return modules;
  }
  return 0;
}

/** The largest width in CSS pixels, at most the space, at which a module is whole device pixels. */
export function sharpWidth(spacePx, modules, dpr) {
  const modulePx = Math.floor((spacePx * dpr) / modules);
  return modules > 0 && modulePx > 0 ? (modulePx * modules) / dpr : spacePx;
}
