import { BailiwickError } from './error.js';
import { snapshot } from './snapshot.js';
/** Longest document that is loaded: the core's limit. */
const DOCUMENT_MAX = 32 * 1024 * 1024;
/** The JSON text of a document for the core's strict readers; a string is taken as JSON text. @internal */
export function document(value, name) {
    return typeof value === 'string' ? value : written(value, name);
}
/** @internal */
export function optional(value, name) {
    return value === undefined ? undefined : document(value, name);
}
/** @internal */
export function written(value, name) {
    try {
        return snapshot(value, DOCUMENT_MAX).text;
    }
    catch (error) {
        throw new BailiwickError(`${name}: ${reasonOf(error)}`, 'json.malformed');
    }
}
/** Why a value could not be walked: a misfit of ours, or whatever a getter or proxy threw. @internal */
export function reasonOf(error) {
    try {
        return error instanceof Error ? String(error.message) : 'reading it failed';
    }
    catch {
        return 'reading it failed';
    }
}
/** @internal */
export function millis(nowMs) {
    if (nowMs === undefined || Number.isSafeInteger(nowMs))
        return nowMs;
    throw new BailiwickError('nowMs: an integer of milliseconds is needed');
}
/** @internal */
export function count(value, name) {
    if (Number.isSafeInteger(value) && value >= 0)
        return value;
    throw new BailiwickError(`${name}: a count from 0 is needed`);
}
/** @internal */
export function text(value, name) {
    if (typeof value === 'string' && value.isWellFormed())
        return value;
    throw new BailiwickError(`${name}: a string is needed`);
}
