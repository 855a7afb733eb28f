/** Which of the two looks; `system` follows the machine. */
const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** A cookie, so that the server draws the chosen theme into the first byte and nothing flashes. */
export const THEME_COOKIE = "sallyport-theme";

export const themeOf = (cookie: string | undefined): Theme => THEMES.find((theme) => theme === cookie) ?? "system";
