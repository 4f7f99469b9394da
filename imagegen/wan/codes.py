"""What each error code of the endpoint means to us. Pure.

Document: help.aliyun.com/zh/model-studio/error-code (2026-11-22).
"""

from __future__ import annotations

from collections.abc import Mapping

from imagegen.errors import Reason

# Every code that the document lists, by its HTTP status, spelled as there; some have a second spelling. For those of
# 500 and above the document names other statuses too, by model.
DOCUMENTED: Mapping[int, tuple[str, ...]] = {
    400: (
        "InvalidParameter",
        "InvalidParameter.DataInspection",
        "DataInspectionFailed",
        "data_inspection_failed",
        "IPInfringementSuspect",
        "CustomRoleBlocked",
        "FaqRuleBlocked",
        "Arrearage",
        "InvalidURL",
        "InvalidURL.ConnectionRefused",
        "InvalidURL.Timeout",
        "InvalidImage.FileFormat",
        "InvalidImageFormat",
        "InvalidImageResolution",
        "InvalidImage.ImageSize",
        "BadRequest.EmptyInput",
        "BadRequest.EmptyParameters",
        "BadRequest.EmptyModel",
        "BadRequest.IllegalInput",
        "BadRequest.InputDownloadFailed",
        "BadRequest.TooLarge",
        "UnsupportedOperation",
    ),
    401: ("InvalidApiKey", "invalid_api_key", "NOT AUTHORIZED"),
    403: (
        "AccessDenied",
        "AccessDenied.Unpurchased",
        "Model.AccessDenied",
        "Workspace.AccessDenied",
        "App.AccessDenied",
        "Endpoint.AccessDenied",
        "AllocationQuota.FreeTierOnly",
    ),
    404: ("ModelNotFound", "model_not_found", "model_not_supported", "Model.NotExist", "WorkSpaceNotFound", "NotFound"),
    409: ("Conflict",),
    429: (
        "Throttling",
        "Throttling.RateQuota",
        "LimitRequests",
        "limit_requests",
        "Throttling.BurstRate",
        "limit_burst_rate",
        "Throttling.Concurrency",
        "Throttling.ServiceOverloaded",
        "Throttling.ResourceExhausted",
        "Throttling.AllocationQuota",
        "insufficient_quota",
        "CommodityNotPurchased",
        "PrepaidBillOverdue",
        "PostpaidBillOverdue",
        "BudgetLimitExceeded",
    ),
    500: (
        "InternalError",
        "internal_error",
        "InternalError.Algo",
        "SystemError",
        "ModelServiceFailed",
        "InternalError.FileUpload",
        "InternalError.Upload",
        "InternalError.Timeout",
        "RequestTimeOut",
        "ResponseTimeout",
        "RewriteFailed",
        "ModelServingError",
    ),
    503: ("ModelUnavailable", "ServiceUnavailable"),
    504: ("GatewayTimeout",),
}

# By the code's beginning, first match wins; compared as plain_code writes them.
_REASONS = (
    ("datainspectionfailed", Reason.MODERATION),
    ("customroleblocked", Reason.MODERATION),
    ("faqruleblocked", Reason.MODERATION),
    ("ipinfringementsuspect", Reason.COPYRIGHT),
    ("arrearage", Reason.ACCOUNT_OVERDUE),
    ("commoditynotpurchased", Reason.ACCOUNT_OVERDUE),
    ("prepaidbilloverdue", Reason.ACCOUNT_OVERDUE),
    ("postpaidbilloverdue", Reason.ACCOUNT_OVERDUE),
    ("budgetlimitexceeded", Reason.ACCOUNT_OVERDUE),
    ("allocationquota.freetieronly", Reason.MODEL_REFUSED),  # each model has a free quota of its own
    ("accessdenied.unpurchased", Reason.MODEL_REFUSED),  # "access to model denied"
    ("invalidapikey", Reason.KEY_REFUSED),
    ("notauthorized", Reason.KEY_REFUSED),
    ("accessdenied", Reason.CALL_REFUSED),  # "does not support (a)synchronous calls": the narrowest that it can mean
    ("app.accessdenied", Reason.KEY_REFUSED),
    ("workspace", Reason.KEY_REFUSED),
    ("endpoint.accessdenied", Reason.MODEL_REFUSED),
    ("model.", Reason.MODEL_REFUSED),
    ("modelnotfound", Reason.MODEL_REFUSED),
    ("modelnotsupported", Reason.MODEL_REFUSED),
    ("throttling", Reason.BUSY),
    ("limit", Reason.BUSY),
    ("insufficientquota", Reason.BUSY),
    ("invalidurl", Reason.WAN_REJECTED_IMAGE),
    ("invalidimage", Reason.WAN_REJECTED_IMAGE),
    ("invalidparameter.datainspection", Reason.WAN_REJECTED_IMAGE),
    ("badrequest.inputdownloadfailed", Reason.WAN_REJECTED_IMAGE),
    ("invalid", Reason.WAN_REJECTED),
    ("badrequest", Reason.WAN_REJECTED),
    ("unsupportedoperation", Reason.WAN_REJECTED),
    ("conflict", Reason.WAN_REJECTED),
    ("notfound", Reason.WAN_REJECTED),
)
# What InvalidParameter says of the set-up instead of the request, in words of its message. Words are no code: none of
# these pauses anything but a call style that is named.
_MESSAGE_REASONS = (
    ("url error", Reason.WAN_SETUP),  # the model and the address do not belong together
    ("does not support synchronous call", Reason.CALL_REFUSED),
    ("does not support asynchronous call", Reason.CALL_REFUSED),
    ("does not support http call", Reason.WAN_SETUP),
    ("only support stream mode", Reason.WAN_SETUP),
    ("model not exist", Reason.WAN_SETUP),
)


def reason_for(code: str, status: int, message: str = "") -> Reason:
    """What a code of Wan's means to us; an unknown one goes by its status, which is 200 for a failed task."""
    if status == 401:
        return Reason.KEY_REFUSED  # whatever is said to be invalid
    plain = normalize_code(code).removeprefix("internalerror.algo.")  # the inner service's own code may follow it
    if plain in ("invalidparameter", "invalidparametererror", "invalidrequesterror"):
        said = message.lower()
        return next((reason for words, reason in _MESSAGE_REASONS if words in said), Reason.WAN_REJECTED)
    known = next((reason for start, reason in _REASONS if plain.startswith(start)), None)
    if known is not None or status == 429:
        return known or Reason.BUSY
    return Reason.WAN_REJECTED if 400 <= status < 500 else Reason.WAN_DOWN


def normalize_code(code: str) -> str:
    """Both spellings of a code, CamelCase and snake_case, as one."""
    return code.lower().replace("_", "").replace(" ", "")
