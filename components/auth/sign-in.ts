import type { ShownFailure } from '#components/ui/error-panel.tsx';

/** Answers null when a session was made. */
export async function signIn(username: string, password: string): Promise<ShownFailure | null> {
  let response: Response;
  try {
    response = await post('/api/auth/sign-in/username', { username: username.trim().toLowerCase(), password });
  } catch {
    return { code: 'console/unreachable', message: 'the console did not answer', hint: 'Try again in a moment.' };
  }
  if (response.ok) return null;
  if (response.status === 429) {
    return { code: 'auth/required', message: 'too many attempts', hint: 'Wait a minute, then try again.' };
  }
  if (response.status >= 500) {
    return {
      code: 'internal/unexpected',
      message: 'the console could not look at the sign-in',
      hint: 'Try again in a moment.',
    };
  }
  return {
    code: 'auth/required',
    message: 'the user name or the password is wrong',
    hint: 'Type both again. An admin can give you a new one-time password.',
  };
}

/** Ends the session and leaves for the sign-in, whatever the console answers. */
export async function signOut(): Promise<void> {
  await post('/api/auth/sign-out', {}).catch(() => {});
  window.location.assign('/login');
}

const post = (path: string, body: unknown) =>
  fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
