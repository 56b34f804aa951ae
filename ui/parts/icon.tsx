// Small line pictures, drawn by hand on a grid of 24.
const paths = {
  gauge: 'M4 18a9 9 0 1 1 16 0M12 14l4-5',
  chat: 'M5 5h14a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-7l-4 4v-4H5a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1z',
  list: 'M9 6h11M9 12h11M9 18h11M4.5 6h.01M4.5 12h.01M4.5 18h.01',
  shield: 'M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM9 12l2 2 4-4',
  antenna: 'M12 13v8M9 21h6M8 9a4 4 0 1 1 8 0M5 10a7 7 0 1 1 14 0M12 9.5h.01',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-4 4-6 8-6s8 2 8 6',
  coins:
    'M9 11a6 3 0 1 0 0-6 6 3 0 0 0 0 6zM3 8v4c0 1.700 2.700 3 6 3M15 12v0a6 3 0 1 0 0 6 6 3 0 0 0 0-6zM9 15v3c0 1.700 2.700 3 6 3s6-1.300 6-3v-3',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 2',
  spark: 'M12 3l2 6 6 2-6 2-2 6-2-6-6-2 6-2z',
  hook: 'M8 4v9a4 4 0 0 0 8 0v-2l-3 3M8 4h.01',
  device: 'M4 5h16v11H4zM9 20h6M12 16v4',
  sliders: 'M5 4v8M5 16v4M12 4v3M12 11v9M19 4v10M19 18v2M3 14h4M10 9h4M17 16h4',
  lines: 'M4 6h16M4 10h10M4 14h13M4 18h7',
  pulse: 'M3 12h4l3-7 4 14 3-7h4',
  menu: 'M4 7h16M4 12h16M4 17h16',
  close: 'M6 6l12 12M18 6L6 18',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2v2M12 20v2M4 12H2M22 12h-2M5 5l1.500 1.500M17.500 17.500L19 19M5 19l1.500-1.500M17.500 6.500L19 5',
  moon: 'M20 14A8 8 0 0 1 10 4a8 8 0 1 0 10 10z',
  half: 'M12 21a9 9 0 0 0 0-18 9 9 0 0 0 0 18zM12 3v18M12 7l6 0M12 12l8 0M12 17l6 0',
  send: 'M5 12l14-7-5 14-3-6z',
  stop: 'M7 7h10v10H7z',
  clip: 'M8 12l6-6a3 3 0 0 1 4 4l-8 8a5 5 0 0 1-7-7l7-7',
  copy: 'M9 9h10v11H9zM5 15V4h10',
  check: 'M5 12l5 5 9-10',
  retry: 'M20 11a8 8 0 1 0-2 6M20 5v6h-6',
  edit: 'M4 20l1-4L16 5l3 3L8 19zM14 7l3 3',
  branch: 'M7 4v16M7 14c0-4 10-2 10-7M17 7h.01',
  plus: 'M12 5v14M5 12h14',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l5 5',
  down: 'M6 9l6 6 6-6',
  right: 'M9 6l6 6-6 6',
  trash: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10 11v5M14 11v5',
  download: 'M12 4v11M7 11l5 5 5-5M5 20h14',
  pause: 'M8 5v14M16 5v14',
  play: 'M8 5l11 7-11 7z',
  warn: 'M12 4l9 16H3zM12 10v4M12 17h.01',
  link: 'M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1',
  tool: 'M14 7a4 4 0 0 1 5-4l-3 3 2 2 3-3a4 4 0 0 1-5 5l-8 9-3-3z',
  brain:
    'M9 4a3 3 0 0 0-3 3 3 3 0 0 0-1 6 3 3 0 0 0 4 5 3 3 0 0 0 3-2V6a2 2 0 0 0-3-2zM15 4a3 3 0 0 1 3 3 3 3 0 0 1 1 6 3 3 0 0 1-4 5 3 3 0 0 1-3-2',
  out: 'M10 5H5v14h5M15 8l4 4-4 4M19 12H9',
  keyboard: 'M3 7h18v10H3zM7 10h.01M11 10h.01M15 10h.01M8 14h8',
} as const

/** The name of a picture. */
export type IconName = keyof typeof paths

/** A picture that says nothing a reader could not read beside it. */
export const Icon = ({ name, size = 18 }: { readonly name: IconName; readonly size?: number }) => (
  <svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d={paths[name]} />
  </svg>
)
