/**
 * What the host of an endpoint reveals.
 * @see https://help.aliyun.com/en/oss/user-guide/regions-and-endpoints
 */
export interface OssEndpoint {
  /** Whether it is one of Alibaba Cloud's own. */
  isAlibabas: boolean;
  /** Whether only servers in Alibaba Cloud reach it. */
  isInternal: boolean;
  /** As in `cn-hangzhou`; absent for hosts of no region, such as those of transfer acceleration. */
  region: string | undefined;
}

const REGIONAL =
  /^(?:s3\.|vpc\d+-)?(?:oss-([a-z]{2}-[a-z0-9-]+?)|([a-z]{2}-[a-z0-9-]+?)\.oss)(?:-internal)?\.aliyuncs\.com$/;

export function readEndpoint(hostname: string): OssEndpoint {
  const [, region, regionOfDualStack] = REGIONAL.exec(hostname) ?? [];
  const isAlibabas = hostname.endsWith('.aliyuncs.com');
  return {
    isAlibabas,
    isInternal: isAlibabas && /^vpc\d+-|-internal\./.test(hostname),
    region: region ?? regionOfDualStack,
  };
}
