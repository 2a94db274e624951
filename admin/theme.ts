/** The look: brass on ink and paper. Colour carries state and nothing else; style.css has what Mantine has no word for. */
import { createTheme, type MantineColorsTuple } from '@mantine/core';

/** The accent. Buttons have the ninth, on which white has a contrast of 5.9. */
const brass: MantineColorsTuple = [
  '#fdf6e6',
  '#f7ead0',
  '#eed49f',
  '#e4bd6b',
  '#dcaa40',
  '#d19a2b',
  '#c8911f',
  '#a67512',
  '#85600f',
  '#634505',
];
const ink: MantineColorsTuple = [
  '#ece8e1',
  '#d5d0c7',
  '#b3ada2',
  '#8d877c',
  '#4b473f',
  '#36332d',
  '#2a2823',
  '#1f1d1a',
  '#181715',
  '#121110',
];
const paper: MantineColorsTuple = [
  '#faf8f4',
  '#f4f1ea',
  '#e9e4da',
  '#dbd5c8',
  '#c4bcac',
  '#a49b8a',
  '#7d7566',
  '#5d564a',
  '#403b33',
  '#282520',
];

export const theme = createTheme({
  primaryColor: 'brass',
  primaryShade: 8,
  colors: { brass, dark: ink, gray: paper },
  black: '#1f1d1a',
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: "'JetBrains Mono Variable', ui-monospace, monospace",
  defaultRadius: 'sm',
  cursorType: 'pointer',
  headings: { fontWeight: '600' },
  components: {
    Tooltip: { defaultProps: { openDelay: 250, events: { hover: true, focus: true, touch: true } } },
    Anchor: { defaultProps: { inherit: true } },
    Modal: { defaultProps: { centered: true, radius: 'md' } },
  },
});
