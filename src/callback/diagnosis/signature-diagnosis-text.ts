import { joinTexts, logText, type LogText, quoted } from '../../common/log-text.js';
import type { BodyArrival, SignatureDiagnosis } from './signature-diagnosis.js';

/** A diagnosis as whole sentences without the last full stop, values of the request quoted. */
export function describeDiagnosis(diagnosis: SignatureDiagnosis): LogText {
  if (diagnosis.found === 'request') {
    return joinTexts(
      diagnosis.causes.map(({ explanation, fix }) => logText`${explanation}. ${fix}`),
      '. ',
    );
  }
  if (diagnosis.found === 'key') {
    return logText`the key that the request names did not make this signature, ${quoted(diagnosis.key)} did. Check the option "localOss": a local OSS has its own key, a new one after each start unless it keeps its data`;
  }
  if (diagnosis.found === 'no-key') {
    return logText`the key that the request names did not make this signature over any bytes: it is forged, truncated, or made with an unknown key`;
  }
  return logText`OSS made this signature, but for another request: ${triedOf(diagnosis)}. ${ARRIVAL[diagnosis.bodyArrival]}`;
}

function triedOf({ variantsTried, limitedBy }: SignatureDiagnosis & { found: 'nothing' }): LogText {
  if (limitedBy === 'size') return logText`its body is too large to search for it`;
  const tried = logText`${variantsTried} variants of path, query and body do not match it either`;
  return limitedBy === 'time' ? logText`${tried}, and time ran out` : tried;
}

const ARRIVAL: Record<BodyArrival, LogText> = {
  'as-sent': logText`According to its Content-MD5, the body is as OSS sent it, so look at path and query: compare the callback URL of the upload with the path that was checked, and set publicPath if a proxy changes it`,
  altered: logText`According to its Content-MD5, the body was changed in transit: have whatever is in front of the app (API gateway, WAF, middleware) forward its bytes unchanged`,
  unknown: logText`Compare the callback URL of the upload with the path that was checked, set publicPath if a proxy changes it, and have the body forwarded byte for byte`,
};
