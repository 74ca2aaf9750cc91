import { AppError, type FieldError } from '@runyard/domain';

export const NAME_LENGTH_MAX = 64;
export const PASSWORD_LENGTH_MAX = 1_024;
const PASSWORD_LENGTH_MIN = 8;
const NAME = /^[a-z0-9][a-z0-9._@-]{0,63}$/i;

export function isAccountName(text: string): boolean {
  return NAME.test(text);
}

/** Throws BODY_INVALID with every wrong member of a user or key. */
export function checkNameAndPassword(given: { readonly name?: string; readonly password?: string }): void {
  const errors: FieldError[] = [];
  if (given.name !== undefined && !isAccountName(given.name)) {
    const message = 'must be 1 to 64 letters, digits, ".", "_", "@" or "-", beginning with a letter or digit';
    errors.push({ path: '/name', message });
  }
  const length = given.password?.length ?? PASSWORD_LENGTH_MIN;
  if (length < PASSWORD_LENGTH_MIN || length > PASSWORD_LENGTH_MAX) {
    const message = `must have ${PASSWORD_LENGTH_MIN} to ${PASSWORD_LENGTH_MAX} characters`;
    errors.push({ path: '/password', message });
  }
  if (errors.length > 0) throw new AppError('BODY_INVALID', 'The name or the password cannot be taken.', { errors });
}
