import type { ReactNode } from "react";

const drawings = {
  overview: <path d="M2 9.5a6 6 0 0 1 12 0M8 9.5 10.8 6M3.5 13h9" />,
  sites: (
    <>
      <path d="M8 14.200c3-3 4.6-5.6 4.6-7.700a4.6 4.6 0 0 0-9.2 0c0 2.1 1.6 4.7 4.6 7.700z" />
      <circle cx="8" cy="6.5" r="1.6" />
    </>
  ),
  miners: (
    <>
      <rect x="1.8" y="4" width="12.4" height="8" rx="1" />
      <circle cx="5.4" cy="8" r="1.9" />
      <path d="M9.5 6.500H12M9.5 9.500H12" />
    </>
  ),
  cooling: (
    <path d="M8 1.800c2.600 3 4.200 5.200 4.200 7.600a4.200 4.200 0 0 1-8.400 0C3.800 7 5.400 4.800 8 1.800zM6 9.500c0 1.300.8 2.200 2 2.300" />
  ),
  racks: <path d="M3 2.500h10v11H3zM3 6.200h10M3 9.900h10M5.2 4.400h.1M5.2 8h.1M5.2 11.700h.1" />,
  collector: <path d="M8 10V2.500M5.2 5.2 8 2.500l2.8 2.700M2.5 10v3.500h11V10" />,
  users: (
    <>
      <circle cx="6" cy="5.5" r="2.5" />
      <path d="M1.8 13.500c0-2.5 1.8-4 4.2-4s4.2 1.5 4.2 4M10.5 3.300a2.3 2.3 0 0 1 0 4.400M12 9.900c1.4.5 2.2 1.8 2.2 3.6" />
    </>
  ),
  profit: (
    <>
      <circle cx="8" cy="8" r="6.2" />
      <path d="M10 5.600c-.4-.7-1.100-1.100-2-1.100-1.200 0-2 .6-2 1.600 0 2.300 4.100 1.100 4.100 3.500 0 1.100-.9 1.800-2.100 1.800-1 0-1.800-.5-2.100-1.300M8 3.300v1.200M8 11.400v1.300" />
    </>
  ),
  pool: (
    <>
      <ellipse cx="8" cy="4" rx="5.600" ry="2.200" />
      <path d="M2.400 4v8c0 1.200 2.500 2.200 5.600 2.200s5.600-1 5.600-2.200V4M2.400 8c0 1.200 2.500 2.200 5.600 2.200s5.600-1 5.600-2.200" />
    </>
  ),
  search: (
    <>
      <circle cx="7" cy="7" r="4.3" />
      <path d="m10.3 10.3 3.5 3.5" />
    </>
  ),
  sun: (
    <>
      <circle cx="8" cy="8" r="2.9" />
      <path d="M8 1.500V3M8 13v1.500M1.5 8H3M13 8h1.500M3.4 3.400l1 1M11.6 11.600l1 1M12.6 3.400l-1 1M4.4 11.600l-1 1" />
    </>
  ),
  moon: <path d="M13.5 9.800A6 6 0 0 1 6.2 2.500a6 6 0 1 0 7.3 7.300z" />,
  system: <path d="M1.8 3h12.400v8.300H1.800zM5.5 13.800h5M8 11.300v2.5" />,
  down: <path d="m4 6.2 4 4 4-4" />,
  right: <path d="m6.2 4 4 4-4 4" />,
  left: <path d="m9.8 4-4 4 4 4" />,
  collapse: <path d="M2 3h12v10H2zM6 3v10M11.2 6.5 9.5 8l1.7 1.5" />,
  close: <path d="m4 4 8 8M12 4l-8 8" />,
  columns: <path d="M2 3.500h12v9H2zM6 3.500v9M10 3.500v9" />,
  download: <path d="M8 2.500V10M5 7.2 8 10l3-2.800M3 13.300h10" />,
  copy: <path d="M5.5 5.500h8v8h-8zM3.5 10.500h-1v-8h8v1" />,
  check: <path d="m3.2 8.5 3.2 3.2 6.4-7" />,
  retry: <path d="M13 3.500V7H9.500M12.7 7A5.2 5.2 0 1 0 13 9.5" />,
  lock: <path d="M3.5 7.200h9v6.300h-9zM5.3 7.200V5a2.7 2.7 0 0 1 5.4 0v2.2" />,
  clock: (
    <>
      <circle cx="8" cy="8" r="5.8" />
      <path d="M8 4.700V8l2.3 1.5" />
    </>
  ),
  warning: <path d="M8 2.3 14.3 13.500H1.700zM8 6.500v3.300M8 11.700v.1" />,
  more: <path d="M2.5 4.500h11M2.5 8h11M2.5 11.500h11" />,
  account: (
    <>
      <circle cx="8" cy="5.5" r="2.7" />
      <path d="M2.8 13.800c.3-2.8 2.3-4.3 5.2-4.300s4.9 1.5 5.2 4.3" />
    </>
  ),
  plus: <path d="M8 3v10M3 8h10" />,
  minus: <path d="M3 8h10" />,
  fit: <path d="M2.5 6V2.500H6M10 2.500h3.500V6M13.5 10v3.500H10M6 13.500H2.500V10" />,
  table: <path d="M2 3h12v10H2zM2 6.300h12M2 9.700h12M6.5 6.300V13" />,
  key: (
    <>
      <circle cx="5" cy="8" r="3" />
      <path d="M8 8h6v2.500M11.5 8v2" />
    </>
  ),
  sort: <path d="M5 3v10M2.8 10.8 5 13l2.2-2.200M11 13V3M8.8 5.2 11 3l2.2 2.2" />,
  help: (
    <>
      <circle cx="8" cy="8" r="5.8" />
      <path d="M6.2 6.500a1.8 1.8 0 1 1 2.6 1.700c-.5.3-.8.6-.8 1.200M8 11.400v.1" />
    </>
  ),
  bell: <path d="M4 11.500V7a4 4 0 0 1 8 0v4.500l1.200 1.300H2.800zM6.600 14.300h2.800M8 3V1.700" />,
  sound: <path d="M2.500 6v4H5l3.500 3V3L5 6zM10.800 5.500a3.500 3.500 0 0 1 0 5M12.600 3.800a6 6 0 0 1 0 8.400" />,
  mute: <path d="M2.500 6v4H5l3.500 3V3L5 6zM11 6l3.500 4M14.500 6 11 10" />,
  note: <path d="M2.500 2.500h11v7.500l-3.500 3.500H2.500zM10 13.500V10h3.500M5 5.500h6M5 8h4" />,
  rule: <path d="M2.500 4h7M12.500 4h1M2.500 8h1M6.500 8h7M2.500 12h5M10.500 12h3M11 2.500v3M5 6.500v3M9 10.500v3" />,
  camera: (
    <>
      <rect x="1.500" y="4.500" width="9" height="7" rx="1" />
      <path d="M10.500 7.200 14.500 5v6l-4-2.200" />
    </>
  ),
  exit: <path d="M6.5 2.500h-4v11h4M6.5 8h7M11 5.5 13.5 8 11 10.5" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof drawings;

/** One of our line icons. It is decoration: the control around it carries the words. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg className="bm-icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      {drawings[name]}
    </svg>
  );
}

/** The logo: a headframe, the tower over a mine's shaft. */
export function Logo({ size = 24 }: { size?: number }) {
  return (
    <svg
      className="bm-icon bm-logo"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      aria-hidden="true"
      focusable="false"
    >
      <circle cx="12" cy="6.5" r="3.6" />
      <circle cx="12" cy="6.5" r=".7" />
      <path d="M10.5 9.9 5.5 21.500M13.5 9.900l5 11.600M8.3 15.200h7.400M6.7 18.600h10.600M3.5 21.500h17" />
    </svg>
  );
}
