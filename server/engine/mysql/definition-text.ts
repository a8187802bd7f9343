/** A catalog's value as text; NULL and a column that this server does not have are empty. */
export const catalogText = (value: unknown): string => (value === null || value === undefined ? '' : String(value));
