/** The token of this browser tab. It lives in `sessionStorage` and is gone when the tab closes. */

const KEY = "throughline.token";

export function token(): string | null {
  return sessionStorage.getItem(KEY);
}

export function keepToken(value: string): void {
  sessionStorage.setItem(KEY, value.trim());
}

export function forgetToken(): void {
  sessionStorage.removeItem(KEY);
}

/** Takes `#token=…` out of the address, so that it stands neither in the history nor in a shared link. */
export function takeTokenFromAddress(): void {
  const found = new URLSearchParams(window.location.hash.slice(1)).get("token");
  if (found === null || found.trim() === "") return;
  keepToken(found);
  window.history.replaceState(null, "", window.location.pathname + window.location.search);
}
