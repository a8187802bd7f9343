/** Light, dark, or as the system says. Kept in this browser; the attribute on <html> is what the tokens follow. */
export type Theme = 'system' | 'light' | 'dark';

export const themeKey = 'tidemark-theme';

/**
 * Runs in <head> before anything is drawn, so a chosen theme never flashes. A refused localStorage leaves the
 * system's choice.
 */
export const themeScript = `try{var t=localStorage.getItem(${JSON.stringify(themeKey)});if(t==='light'||t==='dark')document.documentElement.dataset.theme=t}catch(e){}`;

export function readTheme(): Theme {
  const chosen = document.documentElement.dataset.theme;
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system';
}

export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === 'system') localStorage.removeItem(themeKey);
    else localStorage.setItem(themeKey, theme);
  } catch {
    // Without storage the choice holds for this page only.
  }
}
