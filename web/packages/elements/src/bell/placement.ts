export type Placement = 'bottom-end' | 'bottom-start' | 'top-end' | 'top-start';

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const gap = 8;

/** Where a popover stands beside its button: on the side that is wanted or has more room, and always on the screen. */
export function place(button: Box, popover: Size, screen: Size, placement: Placement, rtl: boolean): { left: number; top: number } {
  const [side, align] = placement.split('-');
  const [below, above] = [screen.height - button.bottom, button.top];
  const fits = (room: number): boolean => room >= popover.height + 2 * gap;
  const down = side === 'bottom' ? fits(below) || below >= above : !fits(above) && below > above;
  const top = down ? button.bottom + gap : button.top - gap - popover.height;
  const left = (align === 'start') !== rtl ? button.left : button.right - popover.width;
  const within = (at: number, size: number, room: number): number => Math.max(gap, Math.min(at, room - size - gap));
  return { left: within(left, popover.width, screen.width), top: within(top, popover.height, screen.height) };
}
