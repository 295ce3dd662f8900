import { PUBLISHED_CALLBACK } from './public-key-url.js';

/**
 * Genuine signatures of OSS that are published, so anyone can copy them. Each is valid for one request only.
 * @see https://github.com/AlibabaCloudDocs/oss
 * @see https://github.com/aliyun/aliyun-oss-python-sdk/issues/272
 * @see https://github.com/cloudreve/Cloudreve
 */
export const PUBLISHED_SIGNATURES: ReadonlySet<string> = new Set([
  PUBLISHED_CALLBACK.authorization,
  'fsNxFF0wNOpC0YMNAoFb//a8x6v2lI1ih7kXIh3nFUDALgku9bhC+cWQsnxuCo88vahKtBUmnDI6k1PofggA4g==',
  'aMYUW1arI/qpU7cp/DCGXS56iFJPxwe7K3QIFVvbtSgiE6vwuu4/HuBxyDDX5IKU8vSJg/BI956SzVsRQt969g==',
  'e5LwzwTkP9AFAItT4YzvdJOHd0Y0wqTMWhsV/h5SG90JYGAmMd+8LQyj96R+9qUfJWjMt6suuUh7LaOryR87Dw==',
  'MEV0a4eDF4hqB2W1b7Xm9fj8N9NmGHmgKThpMJqFOf+qFoLJsy5AolGPYL/nQqvNhDQQ3MV74/VJT9p0iOg6ng==',
]);
