import { BailiwickError } from './error.js';
import { snapshot } from './snapshot.js';

/** Longest document that is loaded: the core's limit. */
const DOCUMENT_MAX = 32 * 1024 * 1024;

/** JSON, as text or as JavaScript has it. */
export type Document = string | object;

/** The JSON text of a document for the core's strict readers; a string is taken as JSON text. @internal */
export function document(value: Document, name: string): string {
  return typeof value === 'string' ? value : written(value, name);
}

/** @internal */
export function optional(value: Document | undefined, name: string): string | undefined {
  return value === undefined ? undefined : document(value, name);
}

/** @internal */
export function written(value: unknown, name: string): string {
  try {
    return snapshot(value, DOCUMENT_MAX).text;
  } catch (error) {
    throw new BailiwickError(`${name}: ${reasonOf(error)}`, 'json.malformed');
  }
}

/** Why a value could not be walked: a misfit of ours, or whatever a getter or proxy threw. @internal */
export function reasonOf(error: unknown): string {
  try {
    return error instanceof Error ? String(error.message) : 'reading it failed';
  } catch {
    return 'reading it failed';
  }
}

/** @internal */
export function millis(nowMs: number | undefined): number | undefined {
  if (nowMs === undefined || Number.isSafeInteger(nowMs)) return nowMs;
  throw new BailiwickError('nowMs: an integer of milliseconds is needed');
}

/** @internal */
export function count(value: number, name: string): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new BailiwickError(`${name}: a count from 0 is needed`);
}

/** @internal */
export function text(value: string, name: string): string {
  if (typeof value === 'string' && value.isWellFormed()) return value;
  throw new BailiwickError(`${name}: a string is needed`);
}
