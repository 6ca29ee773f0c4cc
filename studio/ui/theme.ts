/** Mantine, dressed in the studio's tokens. */
import { createTheme, type MantineColorsTuple } from "@mantine/core";

const ink: MantineColorsTuple = [
  "#f6f4ef",
  "#e9e6df",
  "#d2cfc7",
  "#b5b2ab",
  "#8f8d88",
  "#6f6f77",
  "#55565e",
  "#3a3b42",
  "#26272c",
  "#17181c",
];

const alarm: MantineColorsTuple = [
  "#fdf0f3",
  "#fbe5ea",
  "#f5c3cf",
  "#ee98ad",
  "#ff8aa3",
  "#d63a63",
  "#c41e4d",
  "#b3123f",
  "#960c33",
  "#780828",
];

export const theme = createTheme({
  colors: { ink, alarm },
  primaryColor: "ink",
  primaryShade: { light: 8, dark: 1 },
  autoContrast: true,
  fontFamily: "var(--font-text)",
  fontFamilyMonospace: "var(--font-code)",
  defaultRadius: "md",
  cursorType: "pointer",
  focusRing: "auto",
  respectReducedMotion: true,
});
