/** A colour among the design's tokens, as a canvas takes it. Only registered tokens have one. */
export function color(token: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${token}`).trim();
}

/** The design's font for figures, as a canvas takes it. */
export function figureFont(pixels: number): string {
  return `600 ${pixels}px ${getComputedStyle(document.documentElement).getPropertyValue('--display')}`;
}
