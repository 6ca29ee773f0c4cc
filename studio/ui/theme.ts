/** Mantine, dressed in the studio's tokens. */
import {
  Button,
  Checkbox,
  type CSSVariablesResolver,
  createTheme,
  type MantineColorsTuple,
} from "@mantine/core";

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

/** Mantine's greys, which its fields and lines are made of, as warm as the tokens. */
const gray: MantineColorsTuple = [
  "#faf8f4",
  "#f2efe8",
  "#e7e3da",
  "#dcd7cc",
  "#cfcabf",
  "#8b8983",
  "#67676e",
  "#55565e",
  "#3a3b42",
  "#1b1c20",
];
const dark: MantineColorsTuple = [
  "#f0ede6",
  "#d6d3cc",
  "#b4b2ad",
  "#96948f",
  "#6b6d76",
  "#2b2c32",
  "#1b1c20",
  "#1b1c20",
  "#141518",
  "#101114",
];

export const theme = createTheme({
  colors: { ink, alarm, gray, dark },
  primaryColor: "ink",
  primaryShade: { light: 8, dark: 1 },
  autoContrast: true,
  fontFamily: "var(--font-text)",
  fontFamilyMonospace: "var(--font-code)",
  defaultRadius: "md",
  cursorType: "pointer",
  focusRing: "auto",
  respectReducedMotion: true,
  // Ink is dark on light and light on dark, so what stands on it has the colour of the paper.
  components: {
    Button: Button.extend({
      vars: (_, { variant, color }) => ({
        root: variant === undefined && color === undefined ? { "--button-color": "var(--paper)" } : {},
      }),
    }),
    Checkbox: Checkbox.extend({ vars: () => ({ root: { "--checkbox-icon-color": "var(--paper)" } }) }),
  },
});

/** Mantine's own surfaces and lines, taken from `tokens.css`, which knows light from dark. */
export const variables: CSSVariablesResolver = () => {
  const surfaces = {
    "--mantine-color-body": "var(--sheet)",
    "--mantine-color-text": "var(--ink)",
    "--mantine-color-dimmed": "var(--ink-2)",
    "--mantine-color-placeholder": "var(--ink-3)",
    "--mantine-color-default": "var(--sheet)",
    "--mantine-color-default-hover": "var(--hover)",
    "--mantine-color-default-color": "var(--ink)",
    "--mantine-color-default-border": "var(--line-strong)",
    "--mantine-color-disabled": "var(--sunk)",
    "--mantine-color-disabled-color": "var(--ink-3)",
    "--mantine-color-disabled-border": "var(--line)",
    "--mantine-color-error": "var(--bad)",
  };
  return { variables: {}, light: surfaces, dark: surfaces };
};
