import { xmlElements } from '../../../protocol/xml-elements.js';
import { readText } from '../../server/body.js';
import { OssFailure } from '../../server/oss-failure.js';
import { unescapeXml, type XmlContent, xmlReply } from '../../server/xml.js';
import type { CorsRule } from '../../storage/cors-rules.js';
import type { Run } from '../operation.js';
import { MAX_CONFIGURATION_BYTES, settings } from './bucket.js';

const METHODS = new Set(['GET', 'PUT', 'DELETE', 'POST', 'HEAD']);
const MAX_RULES = 20;

/**
 * The rules are kept and used in responses to preflight requests, but they give no page access: only the option
 * `corsOrigins` does.
 * @see https://help.aliyun.com/en/oss/developer-reference/putbucketcors
 */
export const putBucketCors: Run = async (state, request, { bucket }) => {
  const configuration = await readText(request.body, MAX_CONFIGURATION_BYTES);
  const rules = xmlElements(configuration, 'CORSRule').map(readRule);
  if (rules.length === 0 || rules.length > MAX_RULES) throw new OssFailure('MalformedXML');
  const [responseVary] = texts(configuration, 'ResponseVary');
  await state.buckets.put(bucket, { cors: { rules, responseVary } }, state.clock());
  return { status: 200 };
};

/** @see https://help.aliyun.com/en/oss/developer-reference/getbucketcors */
export const getBucketCors: Run = async (state, _request, { bucket }) => {
  const { cors } = settings(state, bucket);
  if (!cors) {
    throw new OssFailure('NoSuchCORSConfiguration', { details: { BucketName: bucket } });
  }
  return xmlReply('CORSConfiguration', [
    ...cors.rules.map((rule) => ['CORSRule', ruleElements(rule)] as const),
    ['ResponseVary', cors.responseVary ?? 'false'],
  ]);
};

/** @see https://help.aliyun.com/en/oss/developer-reference/deletebucketcors */
export const deleteBucketCors: Run = async (state, _request, { bucket }) => {
  await state.buckets.put(bucket, { cors: undefined }, state.clock());
  return { status: 204 };
};

function readRule(xml: string): CorsRule {
  const [maxAgeSeconds] = texts(xml, 'MaxAgeSeconds');
  const rule = {
    origins: texts(xml, 'AllowedOrigin'),
    methods: texts(xml, 'AllowedMethod'),
    headers: texts(xml, 'AllowedHeader').map((name) => name.toLowerCase()),
    exposed: texts(xml, 'ExposeHeader'),
    maxAgeSeconds,
  };
  const isValid =
    rule.origins.length > 0 &&
    rule.methods.length > 0 &&
    rule.methods.every((method) => METHODS.has(method)) &&
    [...rule.origins, ...rule.headers].every((pattern) => pattern.split('*').length <= 2);
  if (!isValid) throw new OssFailure('MalformedXML');
  return rule;
}

function texts(xml: string, name: string): string[] {
  return xmlElements(xml, name).map((text) => unescapeXml(text).trim());
}

function ruleElements({ origins, methods, headers, exposed, maxAgeSeconds }: CorsRule): XmlContent {
  return [
    ...elements('AllowedOrigin', origins),
    ...elements('AllowedMethod', methods),
    ...elements('AllowedHeader', headers),
    ...elements('ExposeHeader', exposed),
    ...elements('MaxAgeSeconds', maxAgeSeconds === undefined ? [] : [maxAgeSeconds]),
  ];
}

function elements(name: string, values: readonly string[]) {
  return values.map((value) => [name, value] as const);
}
