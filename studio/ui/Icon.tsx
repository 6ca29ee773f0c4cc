/** The studio's own icons: 20 × 20, one stroke weight, drawn in the colour of the text. */

const SHAPES = {
  app: "M6.5 2.5h7a1.5 1.5 0 0 1 1.5 1.5v12a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 5 16V4a1.5 1.5 0 0 1 1.5-1.5ZM9 14.75h2",
  alert: "M10 3.2 17.6 16.4H2.4L10 3.2ZM10 8.4v3.6M10 14.2v.1",
  arrowDown: "M10 4v12M5.5 11.5 10 16l4.5-4.5",
  arrowIn: "M16 4 5 15M5 8v7h7",
  arrowOut: "M4 16 15 5M8 5h7v7",
  balance: "M10 3v14M6 17h8M10 5 4.5 6.5M10 5l5.5-1.5M4.5 6.5 2.5 11h4l-2-4.5ZM15.5 3.5l-2 4.5h4l-2-4.5Z",
  book: "M4 4.5A1.5 1.5 0 0 1 5.5 3H16v11.5H5.5A1.5 1.5 0 0 0 4 16V4.5ZM4 16a1.5 1.5 0 0 0 1.5 1.5H16v-3",
  branch: "M6 3v14M6 11c0-3 8-1 8-5.5M14 5.5 11.8 7.7M14 5.5l2.2 2.2",
  chat: "M4 4h12v9H9l-3.5 3.5V13H4V4ZM7 7.2h6M7 9.9h4",
  check: "M4 10.5 8.2 15 16 5.5",
  chevronDown: "M5 7.5 10 12.5 15 7.5",
  chevronLeft: "M12.5 5 7.5 10l5 5",
  chevronRight: "M7.5 5 12.5 10l-5 5",
  clock: "M10 2.8a7.2 7.2 0 1 1 0 14.4 7.2 7.2 0 0 1 0-14.4ZM10 6v4.2l2.8 1.8",
  close: "M5 5l10 10M15 5 5 15",
  copy: "M7 7h9v9H7V7ZM13 7V4H4v9h3",
  customers:
    "M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2.5 16.5c.4-3.2 2.4-4.8 5-4.8s4.6 1.6 5 4.800M13.5 9.300a2.5 2.5 0 0 0 0-5M14.8 12c1.6.5 2.5 2 2.7 4.5",
  device:
    "M5 5h10v10H5V5ZM8 8h4v4H8V8ZM8 2.500V5M12 2.500V5M8 15v2.500M12 15v2.500M2.5 8H5M2.5 12H5M15 8h2.500M15 12h2.5",
  devices: "M2.5 4.500h11v8h-11v-8ZM1.5 15.500h8M12.5 8.500h5v8h-5v-8Z",
  email: "M2.8 4.800h14.400v10.400H2.800V4.800ZM3 5.200l7 5.6 7-5.6",
  erase: "M4 6h12M8 6V3.800h4V6M5.5 6l.8 10.700h7.400L14.5 6M8.5 9v5M11.5 9v5",
  exit: "M11 3.500H4.500v13H11M8.5 10H17M13.8 6.8 17 10l-3.2 3.2",
  eye: "M2 10s3-5.5 8-5.500S18 10 18 10s-3 5.5-8 5.500S2 10 2 10ZM10 12.300a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.600Z",
  file: "M5 2.800h6.500L15.5 7v10.200H5V2.800ZM11.5 2.800V7h4",
  flag: "M5 17.500V3M5 3.800h10l-2.5 3.4 2.5 3.400H5",
  hook: "M7.2 12.500a3.2 3.2 0 1 0 3 3.800h4M8 9.5 5.8 13M8 9.500A3.2 3.2 0 1 1 13.2 7M11 8l2.6 4.500a3.2 3.2 0 1 1-1.6 4.8",
  journey:
    "M5 6.500a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM15 17.500a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM7 4.500h5a2.75 2.75 0 0 1 0 5.500H8a2.75 2.75 0 0 0 0 5.500h5",
  letter: "M3 7.5 10 3l7 4.500V17H3V7.500ZM3 7.500l7 5 7-5",
  link: "M8.2 11.800a3 3 0 0 0 4.3 0l3-3a3 3 0 0 0-4.3-4.300L10 5.700M11.8 8.200a3 3 0 0 0-4.3 0l-3 3a3 3 0 0 0 4.3 4.300L10 14.3",
  marketplace: "M3 3h7l7 7-7 7-7-7V3ZM6.7 6.700v.1",
  menu: "M3 6h14M3 10h14M3 14h14",
  message: "M3 4h14v9.500H8L4.5 17v-3.500H3V4Z",
  moon: "M16.5 11.800A6.8 6.8 0 0 1 8.2 3.500a6.8 6.8 0 1 0 8.3 8.300Z",
  note: "M10 4.500v11M4.5 10h11",
  phone:
    "M4.2 3.200h3l1.5 4-2 1.500a10 10 0 0 0 4.6 4.600l1.5-2 4 1.500v3c0 .6-.4 1-1 1C9 16.8 3.2 11 3.2 4.200c0-.6.4-1 1-1Z",
  push: "M10 3a4.5 4.5 0 0 0-4.5 4.500c0 4-1.5 5-1.5 6h12c0-1-1.5-2-1.5-6A4.5 4.5 0 0 0 10 3ZM8.5 16a1.6 1.6 0 0 0 3 0",
  quarantine: "M3 8.5 5.5 3.500h9l2.5 5V16H3V8.500ZM3 8.500h4l1 2h4l1-2h4",
  question:
    "M7.3 7.500a2.7 2.7 0 1 1 4 2.400c-.9.5-1.3 1-1.3 2.100M10 14.700v.1M10 2.800a7.2 7.2 0 1 1 0 14.4 7.2 7.2 0 0 1 0-14.400Z",
  replay: "M4 10a6 6 0 1 1 1.8 4.300M4 16v-2.500h2.500M4 13.5",
  search: "M9 3.500a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11ZM13 13l4 4",
  segments: "M10 2.800a7.2 7.2 0 1 0 7.2 7.200H10V2.800ZM12.8 2.800a7.2 7.2 0 0 1 4.4 4.400h-4.400V2.800Z",
  send: "M17 3 9.5 10.500M17 3l-5 14-2.5-6.500L3 8l14-5Z",
  server: "M3.5 4h13v5h-13V4ZM3.5 11h13v5h-13v-5ZM6.2 6.500v.1M6.2 13.500v.1",
  signOut: "M8.5 3.500H4v13h4.500M8 10h9M13.8 6.8 17 10l-3.2 3.2",
  sms: "M3 4h14v9.500H8L4.5 17v-3.500H3V4ZM7 8.800v.1M10 8.800v.1M13 8.800v.1",
  store:
    "M3.5 8v8.500h13V8M2.5 7.5 4.5 3.500h11l2 4c0 1.3-1 2-2 2s-1.8-.7-1.8-2c0 1.3-.9 2-1.9 2s-1.8-.7-1.8-2c0 1.3-.9 2-1.9 2s-1.8-.7-1.8-2c0 1.3-.9 2-1.9 2s-1.9-.7-1.9-2ZM8 16.500V12h4v4.5",
  sun: "M10 6.500a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7ZM10 2v1.500M10 16.500V18M2 10h1.500M16.5 10H18M4.3 4.300l1.1 1.100M14.6 14.600l1.1 1.100M4.3 15.700l1.1-1.100M14.6 5.400l1.1-1.1",
  unlink:
    "M8.2 11.800a3 3 0 0 0 4.3 0l1-1M11.8 8.200a3 3 0 0 0-4.3 0l-1 1M15 5l2-2M5 15l-2 2M13 3.500V2M16.5 7H18M7 16.500V18M3.5 13H2",
  web: "M10 2.800a7.2 7.2 0 1 1 0 14.4 7.2 7.2 0 0 1 0-14.400ZM2.8 10h14.400M10 2.800c-4 4-4 10.4 0 14.4 4-4 4-10.4 0-14.400Z",
} satisfies Record<string, string>;

export type IconName = keyof typeof SHAPES;

interface Props {
  name: IconName;
  size?: number;
  /** Said by screen readers; without it the icon is decoration. */
  label?: string;
}

export function Icon({ name, size = 18, label }: Props) {
  const said = label === undefined ? { "aria-hidden": true } : { role: "img", "aria-label": label };
  return (
    <svg
      {...said}
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.4}
      strokeLinecap="round"
      strokeLinejoin="round"
      style={{ flex: "none", display: "block" }}
    >
      <path d={SHAPES[name]} />
    </svg>
  );
}
