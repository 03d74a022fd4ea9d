import { raising } from './error.js';
/** @internal */
export function decisionOf(native) {
    const bytes = native.toBytes();
    const record = frozen(JSON.parse(bytes.toString('utf8')));
    const decision = {
        effect: record.effect,
        allowed: native.isAllowed(),
        reason: Object.freeze({ policies: Object.freeze([]), detail: '', ...record.reason }),
        message: native.message(),
        ask: record.ask ?? Object.freeze([]),
        obligations: record.obligations ?? Object.freeze([]),
        ...(record.shadow && { shadow: record.shadow }),
        findings: record.findings ?? Object.freeze([]),
        ...(record.call?.digest && { digest: record.call.digest }),
        id: native.id(),
        record,
        toBytes: () => Buffer.from(bytes),
        toJSON: () => record,
        explain: () => raising(() => native.explain()),
        approvalRequest: () => JSON.parse(raising(() => native.approvalRequest())),
    };
    return Object.freeze(decision);
}
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the record's shape is the core's to say
function frozen(value) {
    if (typeof value === 'object' && value !== null) {
        Object.values(value).forEach(frozen);
        Object.freeze(value);
    }
    return value;
}
