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
    return logText`the key that the request names did not make this signature, ${quoted(diagnosis.key)} did. Look at the option "localOss": a local OSS has a key of its own, a new one after each start unless it keeps its data`;
  }
  if (diagnosis.found === 'no-key') {
    return logText`the key that the request names did not make this signature, over whatever bytes: it is forged, or cut, or of a key that is not known here`;
  }
  return logText`OSS made this signature, but for another request: ${triedOf(diagnosis)}. ${ARRIVAL[diagnosis.bodyArrival]}`;
}

function triedOf({ variantsTried, limitedBy }: SignatureDiagnosis & { found: 'nothing' }): LogText {
  if (limitedBy === 'size') return logText`its body is too large to look for that`;
  const tried = logText`${variantsTried} variants of path, query and body do not fit it either`;
  return limitedBy === 'time' ? logText`${tried}, and the time for it was over` : tried;
}

const ARRIVAL: Record<BodyArrival, LogText> = {
  'as-sent': logText`By its Content-MD5 the body is as OSS sent it, so look at path and query: compare the callback URL of the upload with the path that was checked, and set publicPath where a proxy changes it`,
  altered: logText`By its Content-MD5 the body was changed on its way: have whatever stands before the app (API gateway, WAF, middleware) pass its bytes on as they come`,
  unknown: logText`Compare the callback URL of the upload with the path that was checked, set publicPath where a proxy changes it, and have the body passed on byte for byte`,
};
