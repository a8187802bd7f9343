import { monotonicFactory } from 'ulid';

const next = monotonicFactory();

/** A lower-case ULID: ids made by one process sort in the order they were made, ids of two processes by their clocks. */
export const newId = (): string => next().toLowerCase();
