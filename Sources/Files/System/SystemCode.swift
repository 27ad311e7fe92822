internal import Foundation
internal import Glibc

/// What the system said of a failure that Foundation tells in its own words; an input or output error
/// where it said nothing.
package func systemCode(of error: any Error) -> Int32 {
  let error = error as NSError
  let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError ?? error
  guard cause.domain == NSPOSIXErrorDomain else { return EIO }
  return Int32(exactly: cause.code) ?? EIO
}
